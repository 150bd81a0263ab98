/// The rules of `ThrottleState` in Lua; a test compares the two, attempt by attempt.
extension RedisScript {
    /// Counts an attempt against all counters, or against none.
    ///
    /// Arguments: now, then for each key: limit, window, free, total, block and lifetime, times in milliseconds. Returns 0 if
    /// it was counted, else the milliseconds to wait.
    static let countAttempt = RedisScript(
        source: """
            local now = tonumber(ARGV[1])
            local wait = 0
            local totals, lists = {}, {}
            local function rest(length, moment) return math.min(math.max(length - (now - moment), 0), length) end
            for index, key in ipairs(KEYS) do
                local at = 6 * index - 4
                local limit, window, free = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
                local most, block = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
                local value = redis.call('GET', key) or ''
                local total, moments = 0, {}
                if #value >= 4 and #value % 8 == 4 and #value <= 8004 then
                    total = struct.unpack('>I4', value)
                    for place = 5, #value, 8 do
                        local high, low = struct.unpack('>i4I4', value, place)
                        moments[#moments + 1] = high * 4294967296 + low
                    end
                end
                local recent = 0
                for _, moment in ipairs(moments) do
                    if now - moment < window then recent = recent + 1 end
                end
                if recent >= limit then wait = math.max(wait, rest(window, moments[limit])) end
                if recent >= free and #moments > 0 then
                    local pause = 1000 * 2 ^ math.min(recent - free, 20)
                    wait = math.max(wait, rest(math.min(pause, block), moments[1]))
                end
                if most > 0 and total >= most and #moments > 0 then wait = math.max(wait, rest(block, moments[1])) end
                totals[index], lists[index] = total, moments
            end
            if wait > 0 then return wait end
            for index, key in ipairs(KEYS) do
                local at = 6 * index - 4
                local limit = tonumber(ARGV[at])
                local parts = {struct.pack('>I4', math.min(totals[index] + 1, 4294967295))}
                table.insert(lists[index], 1, now)
                for place = 1, math.min(#lists[index], limit) do
                    local moment = lists[index][place]
                    parts[place + 1] = struct.pack('>i4I4', math.floor(moment / 4294967296), moment % 4294967296)
                end
                redis.call('SET', key, table.concat(parts), 'PX', ARGV[at + 5])
            end
            return 0
            """,
        digest: "677ef9463b1acd0af5018a6c93d53819f5339ef7")

    /// Takes back the attempt of one moment; a counter that is left empty goes.
    ///
    /// Arguments: the moment, whether the row of failures ends (1 or 0), then for each key its lifetime; milliseconds.
    static let takeBackAttempt = RedisScript(
        source: """
            local wanted = tonumber(ARGV[1])
            for index, key in ipairs(KEYS) do
                local value = redis.call('GET', key) or ''
                if #value >= 4 and #value % 8 == 4 and #value <= 8004 then
                    local total, moments = struct.unpack('>I4', value), string.sub(value, 5)
                    for place = 1, #moments, 8 do
                        local high, low = struct.unpack('>i4I4', moments, place)
                        if high * 4294967296 + low == wanted then
                            total = math.max(total - 1, 0)
                            moments = string.sub(moments, 1, place - 1) .. string.sub(moments, place + 8)
                            break
                        end
                    end
                    if ARGV[2] == '1' then total = 0 end
                    local changed = struct.pack('>I4', total) .. moments
                    if total == 0 and #moments == 0 then
                        redis.call('DEL', key)
                    elseif changed ~= value then
                        redis.call('SET', key, changed, 'PX', ARGV[index + 2])
                    end
                end
            end
            return 1
            """,
        digest: "8321e80c8c0a06dfaee10166432c0b32db29d176")
}
