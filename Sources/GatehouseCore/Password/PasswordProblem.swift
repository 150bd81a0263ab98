/// Why a new password is refused, in Django's words.
///
/// Neither the message nor the parameters ever hold a part of the password.
package struct PasswordProblem: Equatable, Sendable {
    /// Django's code, like `password_too_short`; those that Django does not know follow its manner.
    package let code: String
    /// For the person, in English, with the parameters filled in.
    package let message: String
    /// What translations of the message need, by Django's names.
    package let parameters: [String: Parameter]

    package enum Parameter: Equatable, Sendable {
        case number(Int)
        case text(String)
    }

    package init(code: String, message: String, parameters: [String: Parameter] = [:]) {
        self.code = code
        self.message = message
        self.parameters = parameters
    }

    /// Beyond the cap of new passwords, which is no validator of Django's.
    package static func tooLong(maximum: Int) -> PasswordProblem {
        PasswordProblem(
            code: "password_too_long",
            message: "This password is too long. It must contain at most \(characters(maximum)).",
            parameters: ["max_length": .number(maximum)])
    }

    /// `1 character`, `8 characters`.
    static func characters(_ count: Int) -> String { count == 1 ? "1 character" : "\(count) characters" }
}

/// One rule for new passwords.
///
/// Pure work or a short read of a file; the time is linear in the length of the password.
package protocol PasswordValidator: Sendable {
    /// What the rule says against a password; at most one thing, as in Django.
    ///
    /// `person` is whose password it is to be; `nil` if nobody is known yet.
    func problem(with candidate: PasswordCandidate, of person: PersonAttributes?) -> PasswordProblem?

    /// What people are told before they choose.
    var helpText: String { get }
}

/// A password under examination: never printed.
package struct PasswordCandidate: Sendable, CustomStringConvertible, CustomReflectable {
    package let password: Password
    /// The code points; each broken octet sequence counts as one U+FFFD.
    package let scalars: [Unicode.Scalar]
    /// The lower-case form, as Python makes it.
    package let lowercased: [Unicode.Scalar]

    package init(_ password: Password) {
        self.password = password
        scalars = Array(String(decoding: password.bytes, as: UTF8.self).unicodeScalars)
        lowercased = PythonText.lowercased(scalars)
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is known of a person, for rules against passwords made from it.
package struct PersonAttributes: Equatable, Sendable {
    package let username: UTF8Text
    package let firstName: UTF8Text
    package let lastName: UTF8Text
    package let email: UTF8Text

    package init(username: UTF8Text, firstName: UTF8Text = "", lastName: UTF8Text = "", email: UTF8Text = "") {
        self.username = username
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
    }

    /// One of the attributes.
    package enum Attribute: String, CaseIterable, Sendable {
        case username
        case firstName = "first_name"
        case lastName = "last_name"
        case email

        /// What Django's forms call it.
        package var verboseName: String {
            switch self {
            case .username: "username"
            case .firstName: "first name"
            case .lastName: "last name"
            case .email: "email address"
            }
        }
    }

    package subscript(attribute: Attribute) -> UTF8Text {
        switch attribute {
        case .username: username
        case .firstName: firstName
        case .lastName: lastName
        case .email: email
        }
    }

    /// The longest attribute that is looked at, in octets; Django's own have at most 254 characters.
    package static let maxLength = 4_096

    /// The code points of an attribute, at most `maxLength` octets of them.
    package func scalars(_ attribute: Attribute) -> [Unicode.Scalar] {
        Array(String(decoding: self[attribute].bytes.prefix(PersonAttributes.maxLength), as: UTF8.self).unicodeScalars)
    }
}
