/// A Lua script that runs atomically inside Redis; it touches the keys it is given and no other.
///
/// `EVALSHA` and `SCRIPT LOAD` are used, never `EVAL`, so that an ACL need not allow arbitrary scripts.
struct RedisScript: Sendable {
    let source: StaticString
    /// The SHA-1 of the source in hexadecimal digits: Redis' name for the script.
    let digest: StaticString

    /// `SET` with expiry if the value is still the expected one; what cannot be a record counts as one without octets.
    ///
    /// Arguments: expected value, new value, milliseconds. Returns 1 if written.
    static let compareAndSet = RedisScript(
        source: """
            local value = redis.pcall('GETRANGE', KEYS[1], 0, 65536)
            if type(value) == 'table' then
                if not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
                value = ''
            elseif #value > 65536 then
                value = ''
            elseif value == '' and not redis.call('GET', KEYS[1]) then
                return 0
            end
            if value ~= ARGV[1] then return 0 end
            redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
            return 1
            """,
        digest: "6c586a483ed8319665a239e8eab1fe63e8950b5b")

    /// `SADD`, in place of whatever is no set, and `PEXPIRE` if that makes the set live longer.
    ///
    /// Arguments: member, milliseconds. Redis 7 compares by itself; before it `PTTL` tells, and without the right to
    /// that the new expiry stands.
    static let addMember = RedisScript(
        source: """
            local added = redis.pcall('SADD', KEYS[1], ARGV[1])
            if type(added) == 'table' then
                if not string.find(added.err, 'WRONGTYPE', 1, true) then return added end
                redis.call('UNLINK', KEYS[1])
                redis.call('SADD', KEYS[1], ARGV[1])
            end
            local fresh = redis.pcall('PEXPIRE', KEYS[1], ARGV[2], 'NX')
            if fresh == 0 then
                redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT')
            elseif fresh ~= 1 then
                local left = redis.pcall('PTTL', KEYS[1])
                if type(left) ~= 'number' or left < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
            end
            return 1
            """,
        digest: "d07be8314243a122dd6b2c2e24de413a64982ca9")

    /// `SMEMBERS` as one bulk string: each member after its length in four octets, big endian; nothing for what is no set.
    ///
    /// An array is limited to 1,024 elements by the reader, which would close the connection for a longer one.
    static let members = RedisScript(
        source: """
            local members = redis.pcall('SMEMBERS', KEYS[1])
            if members.err then
                if string.find(members.err, 'WRONGTYPE', 1, true) then return '' end
                return members
            end
            local size = 0
            for index, member in ipairs(members) do
                size = size + 4 + #member
                members[index] = struct.pack('>I4', #member) .. member
            end
            if size > 1048576 then return redis.error_reply('ERR the set is too large') end
            return table.concat(members)
            """,
        digest: "4b55476da3e2a348c0b4899b2dcd69f71133a281")

    func call(key: [UInt8], _ arguments: [UInt8]...) -> RedisCommand { call(keys: [key], arguments) }

    func call(keys: [[UInt8]], _ arguments: [[UInt8]]) -> RedisCommand {
        RedisCommand(
            "EVALSHA", [Array(digest.description.utf8), [UInt8](decimal: Int64(keys.count))] + keys + arguments)
    }

    var load: RedisCommand { RedisCommand("SCRIPT LOAD", Array(source.description.utf8)) }

    static var all: [RedisScript] { [compareAndSet, addMember, members, countAttempt, takeBackAttempt] }
}
