#if DEBUG
    @testable internal import GatehousePortal

    extension FuzzTarget {
        /// A form is taken or refused; the field of a name is the same whenever it is asked for.
        static let forms = FuzzTarget(
            "forms",
            seeds: [
                "name=alice&password=a+long%20way&remember=on", "token=%41%zz&a=", "rd=%2Faccount%3Fa%3Db&=x",
                "a=1&a=2",
            ]
        ) { bytes throws(Broken) in
            guard let fields = try? FormFields(parsing: bytes.span) else { return }
            try expect(fields["name"] == fields["name"], "another value")
            try expect((fields["password"] ?? []).count <= bytes.count, "longer than the form")
        }
    }
#endif
