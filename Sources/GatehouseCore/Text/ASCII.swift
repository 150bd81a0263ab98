/// Questions about single octets and ASCII text, as the grammars of HTTP ask them.
package enum ASCII {
    package static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }
    package static func isUpper(_ octet: UInt8) -> Bool { octet &- 0x41 < 26 }
    package static func isLower(_ octet: UInt8) -> Bool { octet &- 0x61 < 26 }
    package static func isAlphanumeric(_ octet: UInt8) -> Bool {
        isDigit(octet) || isUpper(octet) || isLower(octet)
    }

    /// Whether the octet may stand unescaped anywhere in a URL (RFC 3986, section 2.3).
    package static func isUnreserved(_ octet: UInt8) -> Bool {
        isAlphanumeric(octet) || octet == 0x2D || octet == 0x2E || octet == 0x5F || octet == 0x7E
    }

    /// The lower-case form of an ASCII letter; every other octet as it is.
    package static func lowercased(_ octet: UInt8) -> UInt8 { isUpper(octet) ? octet | 0x20 : octet }

    /// The value of a hexadecimal digit of either case.
    package static func hexValue(_ octet: UInt8) -> UInt8? {
        if isDigit(octet) { return octet &- 0x30 }
        let lower = octet | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x57 : nil
    }

    /// Appends an octet as `%XX`.
    package static func appendPercentEncoded(_ octet: UInt8, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "%"))
        Hexadecimal.append(octet, to: &text, .upper)
    }

    /// Appends `bytes` with everything that is not unreserved percent-encoded.
    package static func appendPercentEncoded(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
        for octet in bytes {
            if isUnreserved(octet) { text.append(octet) } else { appendPercentEncoded(octet, to: &text) }
        }
    }

    /// The decimal number that all of `digits` spell; `nil` for none, a sign, any other octet, or beyond `limit`.
    package static func decimal(_ digits: Span<UInt8>, limit: Int) -> Int? {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var value = 0
        for index in digits.indices {
            guard isDigit(digits[index]) else { return nil }
            value = value * 10 + Int(digits[index] &- 0x30)
        }
        return value <= limit ? value : nil
    }
}

extension Span<UInt8> {
    /// Whether the bytes are exactly those of `text`.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { (buffer: UnsafeBufferPointer<UInt8>) in
            for index in 0..<count where unsafe buffer[index] != self[index] { return false }
            return true
        }
    }

    /// Whether the bytes are those of the lower-case `text`, in any case of ASCII letters.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { (buffer: UnsafeBufferPointer<UInt8>) in
            for index in 0..<count where unsafe buffer[index] != ASCII.lowercased(self[index]) { return false }
            return true
        }
    }

    /// Whether the bytes are those of `bytes`; eight at a time.
    package func equals(_ bytes: [UInt8]) -> Bool {
        guard count == bytes.count else { return false }
        let left = unsafe self.bytes
        let right = unsafe bytes.span.bytes
        var index = 0
        while index + 8 <= count {
            guard left.word(at: index) == right.word(at: index) else { return false }
            index += 8
        }
        while index < count {
            guard self[index] == bytes[index] else { return false }
            index += 1
        }
        return true
    }

    /// The position of the first `octet` at or after `start`; eight octets at a time.
    package func firstIndex(of octet: UInt8, from start: Int = 0) -> Int? {
        let pattern = UInt64(octet) &* 0x0101_0101_0101_0101
        let bytes = unsafe bytes
        var index = start
        while index + 8 <= count {
            let difference = bytes.word(at: index) ^ pattern
            // The lowest octet that is zero in `difference` sets the lowest bit here (octets above it may be wrong).
            let hits = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if hits != 0 { return index + hits.trailingZeroBitCount >> 3 }
            index += 8
        }
        while index < count {
            if self[index] == octet { return index }
            index += 1
        }
        return nil
    }

    /// A copy of the bytes.
    package var array: [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }
}

extension RawSpan {
    /// Eight octets from `offset`, the first one lowest; bounds are checked.
    fileprivate func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
