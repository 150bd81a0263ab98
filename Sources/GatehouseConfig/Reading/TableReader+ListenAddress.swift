internal import GatehouseCore

extension TableReader {
    /// The addresses of a listener.
    func listen(default standard: ListenAddress) -> [ListenAddress] {
        guard let texts = strings("listen") else { return [standard] }
        if texts.isEmpty {
            log.add(value("listen")?.place ?? place, key("listen"), "must name at least one address")
        }
        var addresses: [ListenAddress] = []
        for text in texts {
            guard let address = ListenAddress(text.value) else {
                let forms = "\"127.0.0.1:9180\", \"[::1]:9180\" or \"unix:/run/gatehouse/check.sock\""
                log.add(text, "must be an address like \(forms), is \(text.seen)")
                continue
            }
            if addresses.contains(address), !address.isChosenBySystem {
                log.add(text, "names \(text.seen) twice")
            }
            addresses.append(address)
        }
        return addresses
    }
}
