/// The one script of the portal: it goes on from the page after a sign-in and takes the address's fragment along, which no
/// server ever sees.
enum OnwardScript {
    static let text: StaticString = """
        const onward = document.getElementById("onward");
        onward.hash = location.hash;
        location.replace(onward.href);

        """
}
