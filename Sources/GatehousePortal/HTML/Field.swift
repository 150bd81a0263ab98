/// The fields of the portal's forms.
enum Field {
    /// What the form carries along.
    static func hidden(_ name: StaticString, _ value: String) -> HTML {
        tag("input", Attribute("type", "hidden"), Attribute("name", name), .value(value))
    }

    /// Where somebody types who they are; nothing is to correct it.
    ///
    /// `told` are the attributes that say what is wrong.
    static func name(
        _ label: HTML, _ value: [UInt8], maxLength: StaticString, hasFocus: Bool, told: [Attribute]
    ) -> HTML {
        var html: HTML = "<label for=\"name\">"
        html.append(label)
        html.append("</label>")
        html.append(
            tag(
                "input",
                [
                    Attribute("id", "name"), Attribute("name", "name"), Attribute("type", "text"), .value(value),
                    Attribute("autocomplete", "username"), Attribute("autocapitalize", "none"),
                    Attribute("autocorrect", "off"), Attribute("spellcheck", "false"),
                    Attribute("maxlength", maxLength), .flag("required"), .flag("autofocus", hasFocus),
                ] + told))
        return html
    }

    /// Where somebody types a password, which no page ever holds.
    ///
    /// - Parameters:
    ///   - id: its name in the form, too.
    ///   - label: what stands above it.
    ///   - isNew: whether password managers are to offer a new one.
    ///   - hasFocus: whether typing begins here.
    ///   - told: the attributes that say what is wrong.
    /// - Returns: the label and the field.
    static func password(
        _ id: StaticString, _ label: HTML, isNew: Bool, hasFocus: Bool = false, told: [Attribute]
    ) -> HTML {
        var html = tag("label", [Attribute("for", id)]) { label }
        html.append(
            tag(
                "input",
                [
                    Attribute("id", id), Attribute("name", id), Attribute("type", "password"),
                    isNew ? Attribute("autocomplete", "new-password") : Attribute("autocomplete", "current-password"),
                    .flag("required"), .flag("autofocus", hasFocus),
                ] + told))
        return html
    }

    /// What a new password must be like: above the fields, since it is wanted before they are filled in.
    @HTMLBuilder static func rules(_ hints: [String]) -> HTML {
        if !hints.isEmpty {
            tag("ul", .class("hints"), Attribute("id", "hints")) {
                for hint in hints { tag("li") { HTML.text(hint) } }
            }
        }
    }

    /// What went wrong the time before, above the fields.
    static func alert(_ problem: HTML) -> HTML {
        tag("p", .class("alert"), Attribute("id", "problem"), Attribute("role", "alert")) { problem }
    }
}

extension Attribute {
    /// Marks a field as wrong.
    static func invalid(_ isWrong: Bool) -> Attribute {
        isWrong ? Attribute("aria-invalid", "true") : .flag("aria-invalid", false)
    }

    /// What a field refers to: the problem if it is about the field, and of all fields the first new password names the rules, so
    /// that they are read out once.
    static func described(isWrong: Bool, hasRules: Bool = false) -> Attribute {
        switch (isWrong, hasRules) {
        case (true, true): Attribute("aria-describedby", "problem hints")
        case (true, false): Attribute("aria-describedby", "problem")
        case (false, true): Attribute("aria-describedby", "hints")
        case (false, false): .flag("aria-describedby", false)
        }
    }
}
