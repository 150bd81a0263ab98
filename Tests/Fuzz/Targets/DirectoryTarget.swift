#if DEBUG
    @testable internal import GatehouseBackends

    extension FuzzTarget {
        /// What somebody types changes the shape neither of a filter nor of a name, and a filter that is read and written is the same.
        static let ldap = FuzzTarget(
            "ldap",
            seeds: [
                "alice@example.com", "a)(uid=*", "a,dc=evil\\2c+b", "(&(a=b)(|(c=*)(!(d>=e))))",
                "( & (member={dn}) (x=\\28\\29) )",
            ]
        ) { bytes throws(Broken) in
            let filter = LDAPText.filter("(&(uid={name})(objectClass=person))", [("{name}", bytes)])
            guard case .all(let parts)? = LDAPFilter(filter) else {
                throw Broken(description: "\(filter) is no filter")
            }
            try expect(parts.count == 2, "\(filter) has another shape")
            if let name = LDAPText.bindName("uid={name},dc=example,dc=com", bytes) {
                try expect(name.utf8.count { $0 == 0x2C } == 2, "\(name) has another shape")
            }
            guard let read = LDAPFilter(String(decoding: bytes, as: UTF8.self)) else { return }
            try expect(LDAPFilter(read.text) == read, "\(read.text) is read as another filter")
            _ = (read.without(["{dn}"]).text, read.conditions(with: ["{dn}"]))
        }
    }
#endif
