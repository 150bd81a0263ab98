/// The portal's sign: a gatehouse with its gate open; the same colours suit light and dark.
enum Mark {
    static let text: StaticString = """
        <svg xmlns="http://www.w3.org/2000/svg" width="36" height="36" viewBox="0 0 36 36" aria-hidden="true" focusable="false">\
        <rect width="36" height="36" rx="9" fill="#3560d8"/>\
        <path fill="#fff" d="M8 9h3v2.5h2V9h3v2.5h4V9h3v2.5h2V9h3v18h-6v-5a4 4 0 0 0-8 0v5H8z"/>\
        <circle cx="18" cy="22.6" r="1.6" fill="#ffd36b"/>\
        </svg>
        """

    /// For a page that carries its sign inside.
    static let markup = HTML(stringLiteral: text)
}
