internal import GatehouseCore

/// What whoever has just made the first administrator does next.
struct NextSteps {
    /// The configuration's file.
    let path: String

    @HTMLBuilder var html: HTML {
        tag("section", Attribute("aria-labelledby", "steps")) {
            "<h2 id=\"steps\">Next steps</h2>"
            tag("ol", .class("steps")) {
                tag("li") {
                    "Protect a host: write this at the end of "
                    tag("code") { HTML.text(path) }
                    ", with a host of yours, and start Gatehouse again."
                    "<pre>"
                    NextSteps.application
                    "</pre>"
                }
                tag("li") {
                    "Add a person:"
                    "<pre>gatehouse user add NAME</pre>"
                }
                tag("li") {
                    "Let the web server ask Gatehouse. This prints what nginx needs:"
                    "<pre>gatehouse render nginx</pre>"
                }
            }
        }
    }

    private static let application: HTML = """
        [[application]]
        name = "app"
        hosts = ["localhost"]
        scheme = "http"

          [[application.rule]]
          allow = ["signed-in"]
        """
}
