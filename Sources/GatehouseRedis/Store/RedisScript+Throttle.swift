/// The rules of `ThrottleState` in Lua; a test compares the two, attempt by attempt.
extension RedisScript {
    /// Counts an attempt against all counters, or against none.
    ///
    /// Arguments: now, then for each key: limit, window, free, total, block and memory, times in milliseconds. Returns 0 if it
    /// was counted, else the milliseconds to wait.
    static let countAttempt = RedisScript(
        source: """
            local now = tonumber(ARGV[1])
            local wait = 0
            local totals, lists = {}, {}
            local function lifetime(total, window, most, block, memory)
                if most == 0 then return window end
                if total >= most then return math.max(window, block, memory) end
                return math.max(window, math.min(block * total, memory))
            end
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
                        local moment = high * 4294967296 + low
                        if moment <= now + 60000 then
                            moments[#moments + 1] = moment
                        else
                            total = math.max(total - 1, 0)
                        end
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
                local total = math.min(totals[index] + 1, 4294967295)
                local parts = {struct.pack('>I4', total)}
                table.insert(lists[index], 1, now)
                for place = 1, math.min(#lists[index], limit) do
                    local moment = lists[index][place]
                    parts[place + 1] = struct.pack('>i4I4', math.floor(moment / 4294967296), moment % 4294967296)
                end
                local window, most, block = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
                local life = lifetime(total, window, most, block, tonumber(ARGV[at + 5]))
                redis.call('SET', key, table.concat(parts), 'PX', string.format('%.0f', life))
            end
            return 0
            """,
        digest: "5105396b6715275635a0ab87aa53853bf96384d4")

    /// Takes back the attempt of one moment; a counter that is left empty goes.
    ///
    /// Arguments: the moment, whether the row of failures ends (1 or 0), then for each key: window, total, block and memory;
    /// times in milliseconds.
    static let takeBackAttempt = RedisScript(
        source: """
            local function lifetime(total, window, most, block, memory)
                if most == 0 then return window end
                if total >= most then return math.max(window, block, memory) end
                return math.max(window, math.min(block * total, memory))
            end
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
                        local at = 4 * index - 1
                        local window, most, block = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
                        local life = lifetime(total, window, most, block, tonumber(ARGV[at + 3]))
                        redis.call('SET', key, changed, 'PX', string.format('%.0f', life))
                    end
                end
            end
            return 1
            """,
        digest: "e94457f9a9eae8d392867bffb18ac562821c5274")
}
