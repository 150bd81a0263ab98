internal import GatehouseCore
internal import GatehouseFormats

extension ProviderResponse {
    /// Whether an answer says that it is JSON: `application/json`, or something more exact like `application/jwk-set+json`.
    var isJSON: Bool {
        let type = mediaType
        return type == Array("application/json".utf8)
            || (type.starts(with: "application/".utf8) && type.suffix(5).elementsEqual("+json".utf8))
    }

    /// In lower case, without parameters.
    var mediaType: [UInt8] {
        contentType.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }.map(ASCII.lowercased)
    }

    /// Why an answer holds no document.
    struct NoDocument: Error, CustomStringConvertible {
        let description: String
    }

    /// The document that an answer holds.
    func document() -> Result<JSONValue, NoDocument> {
        guard isJSON else {
            let type = SafeText.quoted(String(decoding: mediaType, as: UTF8.self), limit: .octets(80))
            return .failure(NoDocument(description: "its media type is \(type) and not application/json"))
        }
        do throws(JSONValue.Malformed) { return .success(try JSONValue(parsing: body)) } catch {
            return .failure(NoDocument(description: error.reason))
        }
    }

    /// How long an answer counts by its own words (RFC 9111, section 5.2.2.1); zero for `no-store` and its kin.
    var maxAge: Duration? {
        guard let control = headers["cache-control"] else { return nil }
        let directives = control.utf8.split(separator: UInt8(ascii: ",")).map { directive in
            directive.filter { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: "\"") }.map(ASCII.lowercased)
        }
        if directives.contains(where: { $0 == Array("no-store".utf8) || $0 == Array("no-cache".utf8) }) { return .zero }
        let name = Array("max-age=".utf8)
        guard let age = directives.first(where: { $0.starts(with: name) }) else { return nil }
        let digits = Array(age.dropFirst(name.count))
        return ASCII.decimal(digits.span, limit: Int(Int32.max)).map { .seconds($0) }
    }
}
