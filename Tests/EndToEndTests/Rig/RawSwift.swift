/// Values as Swift spells them, which tell nobody what is wrong and what to do.
enum RawSwift {
    /// Whether a text holds a case with a labelled value, like `failed(reason: "…")`, or the name of an error's type.
    static func isIn(_ text: Substring) -> Bool {
        text.contains(
            /\b[a-z][A-Za-z]*\([a-z]+: |\b[A-Za-z]+Error\(|Optional\(|\bNIO[A-Z]|\(errno: |ErrorType|CancellationError/)
    }
}
