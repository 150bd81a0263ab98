/// A Lua script that runs atomically inside Redis; it touches the keys it is given and no other.
///
/// `EVALSHA` and `SCRIPT LOAD` are used, never `EVAL`, so that an ACL need not allow arbitrary scripts.
struct RedisScript: Sendable {
    let source: StaticString
    /// The SHA-1 of the source in hexadecimal digits: Redis' name for the script.
    let digest: StaticString

    /// `SET` with expiry if the value is still the expected one.
    ///
    /// Arguments: expected value, new value, milliseconds. Returns 1 if written.
    static let compareAndSet = RedisScript(
        source: """
            if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
            redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
            return 1
            """,
        digest: "9c1f7015792515f6a8d0de9823048b9e340ad193")

    /// `SADD`, and `PEXPIRE` if that makes the set live longer.
    ///
    /// Arguments: member, milliseconds. Redis 7 compares by itself; before it `PTTL` tells, and without the right to
    /// that the new expiry stands.
    static let addMember = RedisScript(
        source: """
            redis.call('SADD', KEYS[1], ARGV[1])
            local fresh = redis.pcall('PEXPIRE', KEYS[1], ARGV[2], 'NX')
            if fresh == 0 then
                redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT')
            elseif fresh ~= 1 then
                local left = redis.pcall('PTTL', KEYS[1])
                if type(left) ~= 'number' or left < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
            end
            return 1
            """,
        digest: "63138ff08b22d3afb7aca14aece1d84be7f127f9")

    /// `SMEMBERS` as one bulk string: each member after its length in four octets, big endian.
    ///
    /// An array is limited to 1,024 elements by the reader, which would close the connection for a longer one.
    static let members = RedisScript(
        source: """
            local members = redis.call('SMEMBERS', KEYS[1])
            local size = 0
            for index, member in ipairs(members) do
                size = size + 4 + #member
                members[index] = struct.pack('>I4', #member) .. member
            end
            if size > 1048576 then return redis.error_reply('ERR the set is too large') end
            return table.concat(members)
            """,
        digest: "3202cf9cb3ea3c95028c541fbe99c33360b39a05")

    func call(key: [UInt8], _ arguments: [UInt8]...) -> RedisCommand { call(keys: [key], arguments) }

    func call(keys: [[UInt8]], _ arguments: [[UInt8]]) -> RedisCommand {
        RedisCommand(
            "EVALSHA", [Array(digest.description.utf8), [UInt8](decimal: Int64(keys.count))] + keys + arguments)
    }

    var load: RedisCommand { RedisCommand("SCRIPT LOAD", Array(source.description.utf8)) }

    static var all: [RedisScript] { [compareAndSet, addMember, members, countAttempt, takeBackAttempt] }
}
