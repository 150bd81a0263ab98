/// The portal's sign: a gatehouse with light in its gate; the same colours suit light and dark.
enum Mark {
    static let text: StaticString = """
        <svg xmlns="http://www.w3.org/2000/svg" width="36" height="36" viewBox="0 0 36 36" aria-hidden="true" focusable="false">\
        <rect width="36" height="36" rx="9" fill="#3560d8"/>\
        <path fill="#fff" d="M8 9h4v3h4V9h4v3h4V9h4v18h-6v-5a4 4 0 0 0-8 0v5H8z"/>\
        <path fill="#ffd36b" d="M15.5 27v-5a2.5 2.5 0 0 1 5 0v5z"/>\
        </svg>
        """

    /// For a page that carries its sign inside.
    static let markup = HTML(stringLiteral: text)
}
