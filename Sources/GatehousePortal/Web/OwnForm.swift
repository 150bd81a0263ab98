/// What a page of the portal sent, as far as the browser tells.
struct OwnForm: Sendable {
    /// What the log calls it.
    let name: StaticString
    let fields: FormFields
    /// Whether the browser itself says that it was such a page.
    let isProven: Bool

    subscript(_ name: StaticString) -> [UInt8]? { fields[name] }
}
