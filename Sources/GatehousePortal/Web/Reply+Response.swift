internal import HTTPTypes
internal import Hummingbird

extension Reply {
    /// The answer as it is sent: with the headers that every answer has.
    func response(_ settings: PortalSettings, isHead: Bool, isOwnHost: Bool) -> Response {
        let octets: [UInt8]
        var fields = SecurityHeaders.fields(for: body, settings, isOwnHost: isOwnHost, hidesAddress: hidesAddress)
        switch body {
        case .none:
            octets = []
        case .page(let page):
            octets = page.rendered(settings)
            fields.append(("Content-Type", "text/html; charset=utf-8"))
        case .file(let file):
            octets = file.content
            fields.append(("Content-Type", file.contentType.description))
        case .json(let json):
            octets = json
            fields.append(("Content-Type", "application/json"))
        }
        fields += headers
        fields.append(("Content-Length", String(octets.count)))
        var headers = HTTPFields()
        for (name, value) in fields {
            guard let name = HTTPField.Name(name.description) else { continue }
            headers.append(HTTPField(name: name, value: value))
        }
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: isHead || octets.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: octets)))
    }
}
