import Foundation
import GatehouseTestSupport

extension FileBackendTests {
    func rename(_ old: String, _ new: String) throws {
        try FileManager.default.moveItem(atPath: folder.file(old), toPath: folder.file(new))
    }

    func make(folder path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
}
