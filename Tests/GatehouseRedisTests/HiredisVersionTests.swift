import Foundation
import GatehouseTestSupport
import Testing

@Suite("The C around hiredis")
struct HiredisVersionTests {
    /// What its headers declare of what is used, as far as it differs.
    struct Version: CustomTestStringConvertible {
        let testDescription: String
        let major: Int
        let functions: String
        let tasks: String

        static let all = [
            Version(
                testDescription: "0.14", major: 0,
                functions: """
                    void *(*createString)(const redisReadTask *, char *, size_t);
                    void *(*createArray)(const redisReadTask *, int);
                    void *(*createInteger)(const redisReadTask *, long long);
                    void *(*createNil)(const redisReadTask *);
                    void (*freeObject)(void *);
                    """,
                tasks: "redisReadTask rstack[9];"),
            Version(
                testDescription: "1.0 to 1.3", major: 1,
                functions: """
                    void *(*createString)(const redisReadTask *, char *, size_t);
                    void *(*createArray)(const redisReadTask *, size_t);
                    void *(*createInteger)(const redisReadTask *, long long);
                    void *(*createDouble)(const redisReadTask *, double, char *, size_t);
                    void *(*createNil)(const redisReadTask *);
                    void *(*createBool)(const redisReadTask *, int);
                    void (*freeObject)(void *);
                    """,
                tasks: "long long maxelements; redisReadTask **task; int tasks;"),
        ]
    }

    @Test("compiles with the structures of each version", arguments: Version.all)
    func compiles(version: Version) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.file("hiredis"), withIntermediateDirectories: false)
        try folder.write("#define HIREDIS_MAJOR \(version.major)\n#include \"read.h\"\n", to: "hiredis/hiredis.h")
        let types = ["STRING", "ARRAY", "INTEGER", "NIL", "STATUS", "ERROR"].enumerated().map {
            "#define REDIS_REPLY_\($0.element) \($0.offset + 1)"
        }
        try folder.write(
            """
            #pragma once
            #include <stddef.h>
            #define REDIS_OK 0
            \(types.joined(separator: "\n"))
            typedef struct redisReadTask { int type; void *privdata; } redisReadTask;
            typedef struct { \(version.functions) } redisReplyObjectFunctions;
            typedef struct {
                char *buf; size_t pos; size_t len; \(version.tasks) int ridx; void *privdata;
            } redisReader;
            redisReader *redisReaderCreateWithFunctions(redisReplyObjectFunctions *);
            void redisReaderFree(redisReader *);
            int redisReaderFeed(redisReader *, const char *, size_t);
            int redisReaderGetReply(redisReader *, void **);

            """, to: "hiredis/read.h")
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/CHiredis").path
        let compiler = try ChildProcess(
            "cc",
            [
                "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", folder.path, "-I", "\(sources)/include",
                "\(sources)/chiredis.c",
            ], output: folder.file("log"))
        let status = compiler.waitForExit()
        let log = (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? ""
        #expect(status == 0, "\(log)")
    }
}
