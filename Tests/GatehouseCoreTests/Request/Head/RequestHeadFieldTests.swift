import Testing

@testable import GatehouseCore

@Suite("The fields of request heads")
struct RequestHeadFieldTests {
    @Test("have one name each, in the same order")
    func names() {
        typealias Field = RequestHead.Field
        #expect(Field.names.count == Field.allCases.count)
        #expect(Field.allCases.map(\.rawValue) == Array(0..<Field.names.count))
        for field in Field.allCases {
            let name = Array(field.name.description.utf8)
            #expect(Field(name: name.span) == field, "\(field.name)")
        }
        #expect(Set(Field.allCases.map { $0.name.description.lowercased() }).count == Field.names.count)
    }
}
