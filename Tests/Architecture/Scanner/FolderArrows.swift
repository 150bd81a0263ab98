/// Which folders of one target need which others, and by what names.
///
/// A folder needs another one when one of its files uses something that a file there declares: a type, a function or a value
/// of the file, or a member of an extension, if only one folder of all sources declares a member of that name. Members of types
/// themselves do not count, nor does what a name means after a dot: whoever uses them has named the type, or has got the value
/// from somebody who did.
package struct FolderArrows: Sendable {
    private struct Arrow: Hashable {
        let from: String
        let to: String
    }

    package private(set) var graph = Graph()
    private var reasons: [Arrow: Set<String>] = [:]

    /// Looks at one target; `unit` says what counts as one place: by default the folder of a file.
    package init(
        _ target: String, in tree: SourceTree, by unit: (SourceFile) -> String = { $0.folder }
    ) {
        let files = tree.files(of: target)
        let members = MemberPlaces(tree.files)
        var declared: [String: Set<String>] = [:]
        var extended: [String: [Extended]] = [:]
        for file in files {
            graph.add(unit(file))
            for declaration in file.declarations where !declaration.isPrivate {
                switch declaration.place {
                case .file: declared[declaration.name, default: []].insert(unit(file))
                case .extending(let type) where members.isOnlyIn(file, declaration.name):
                    extended[declaration.name, default: []].append(Extended(type: type, place: unit(file)))
                case .extending, .nested: break
                }
            }
        }
        for file in files {
            let own = Set(file.declarations.map(\.name))
            for name in file.uses.plain.subtracting(own) { add(name, from: unit(file), to: declared[name], by: file) }
            let types = Set(file.declarations.compactMap(\.extendedType)).union(own)
            for name in file.uses.members.union(file.uses.called).subtracting(own) {
                // Without a dot it is a member of the type at hand, or none of ours at all.
                let found = extended[name]?.filter { file.uses.members.contains(name) || types.contains($0.type) }
                add(".\(name)", from: unit(file), to: found.map { Set($0.map(\.place)) }, by: file)
            }
        }
    }

    /// A member of an extension: of which type, and where it is declared.
    private struct Extended {
        let type: String
        let place: String
    }

    /// The names behind an arrow, each with the file that uses it.
    package func reasons(from: String, to: String) -> [String] {
        (reasons[Arrow(from: from, to: to)] ?? []).sorted()
    }

    private mutating func add(_ name: String, from: String, to places: Set<String>?, by file: SourceFile) {
        // What the place itself declares is nearer than what others declare under the same name.
        guard let places, !places.contains(from) else { return }
        for place in places {
            graph.add(from: from, to: place)
            let fileName = file.path.split(separator: "/").last.map(String.init) ?? file.path
            reasons[Arrow(from: from, to: place), default: []].insert("\(name) (\(fileName))")
        }
    }
}

/// How many folders declare a member of a name, in all sources.
private struct MemberPlaces {
    private var folders: [String: Set<String>] = [:]

    init(_ files: [SourceFile]) {
        for file in files where file.path.hasPrefix("Sources/") {
            for declaration in file.declarations where declaration.place != .file {
                folders[declaration.name, default: []].insert("\(file.target)/\(file.folder)")
            }
        }
    }

    func isOnlyIn(_ file: SourceFile, _ name: String) -> Bool { folders[name]?.count == 1 }
}
