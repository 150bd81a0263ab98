-- Asks Gatehouse about a request:  http-request lua.gatehouse 127.0.0.1:9180
-- Sets txn.gatehouse_allowed and the identity headers, or answers with what Gatehouse says (the way to the login page, the
-- denied page). Without an answer the variable stays unset, and the configuration denies. HAProxy 2.6 or later.

-- Filters take no lock on a state that threads share: two requests at once would end HAProxy.
if core.thread == 0 then error("load this file with lua-load-per-thread, not with lua-load") end

-- What Gatehouse says to the application, by the names that `headers` of its configuration chooses.
local PRESETS = {
    { "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Permissions", "Remote-Superuser" },
    { "X-Auth-Request-User", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Auth-Request-Permissions", "X-Auth-Request-Superuser" },
}
-- What Gatehouse may read of the client's own headers.
local ASKED = { "cookie", "authorization", "accept", "content-type", "user-agent", "origin", "upgrade", "x-requested-with",
                "sec-websocket-key", "sec-fetch-mode", "access-control-request-method" }
-- What of its refusal reaches the client.
local RELAYED = { "location", "www-authenticate", "cache-control", "vary", "content-type", "retry-after" }
local TIMEOUT_MS = 5000

-- Lua's tables of header lines begin at 0.
local function lines(values)
    local list = {}
    if values then
        for index = 0, #values do
            if values[index] ~= nil then list[#list + 1] = values[index] end
        end
    end
    return list
end

-- The values of headers that an answer has exactly once, or nothing.
local function one_line_each(answer, names)
    local said = {}
    for _, name in ipairs(names) do
        local values = lines(answer.headers[name:lower()])
        if #values ~= 1 then return nil end
        said[name] = values[1]
    end
    return said
end

core.register_action("gatehouse", { "http-req" }, function(txn, address)
    -- Without `filter lua.gatehouse-trailers` in the frontend nothing passes.
    if not txn:get_var("txn.gatehouse_trailers") then return end

    local received = txn.http:req_get_headers()

    -- Applications read every octet in a header's name that is no letter or digit as the same one.
    for name in pairs(received) do
        local folded = name:lower():gsub("[^a-z0-9]", "-")
        if folded:find("^remote%-") or folded:find("^x%-auth%-request%-") or folded:find("^gatehouse%-") then txn.http:req_del_header(name) end
    end

    local asked = {
        ["x-forwarded-method"] = { txn.f:method() },
        ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
        ["x-forwarded-host"] = { txn.f:req_fhdr("host") },
        ["x-forwarded-uri"] = { txn.f:pathq() },
        ["x-forwarded-for"] = { txn.f:src() },
    }
    -- The application is told the same about the client.
    for _, name in ipairs { "x-forwarded-proto", "x-forwarded-host", "x-forwarded-for" } do
        local value = asked[name][1]
        if value then txn.http:req_set_header(name, value) else txn.http:req_del_header(name) end
    end

    for _, name in ipairs(ASKED) do
        local values = lines(received[name])
        if #values > 0 then asked[name] = values end
    end

    local answer = core.httpclient():get {
        url = "http://" .. address .. "/auth/forward", headers = asked, timeout = TIMEOUT_MS,
    }
    local status = answer and answer.status or 0

    if status == 200 then
        -- Exactly one line each, empty where there is nothing to say: whatever was there is gone already.
        local said
        for _, preset in ipairs(PRESETS) do
            local values = one_line_each(answer, preset)
            said = values or said
        end
        if not said then return end
        -- The client's cookies without Gatehouse's own: those are none of the application's business.
        local cookies = lines(answer.headers["gatehouse-cookie"])
        if #cookies ~= 1 then return end
        txn.http:req_del_header("cookie")
        if cookies[1] ~= "" then txn.http:req_set_header("cookie", cookies[1]) end
        for name, value in pairs(said) do txn.http:req_set_header(name, value) end
        txn:set_var("txn.gatehouse_allowed", true)
    elseif status >= 300 and status < 600 then
        local reply = txn:reply { status = status }
        for _, name in ipairs(RELAYED) do
            for _, value in ipairs(lines(answer.headers[name])) do reply:add_header(name, value) end
        end
        if answer.body and #answer.body > 0 then reply:set_body(answer.body) end
        txn:done(reply)
    end
end, 1)

-- Refuses a request with trailers (header lines behind the body): applications may read them as headers, and HAProxy 2.6 has
-- nothing that takes them away. No browser sends any.
local Trailers = { id = "gatehouse-trailers", flags = filter.FLT_CFG_FL_HTX }
Trailers.__index = Trailers

function Trailers:new() return setmetatable({}, Trailers) end

function Trailers:start_analyze(txn, channel)
    if not channel:is_resp() then txn:set_var("txn.gatehouse_trailers", true) end
end

function Trailers:http_headers(txn, message)
    if not message:is_resp() then filter.register_data_filter(self, message.channel) end
end

function Trailers:http_payload(txn, message)
    -- An end without trailers counts as one octet.
    if message:input() - #(message:body() or "") > 1 then error("a request with trailers") end
end

core.register_filter("gatehouse-trailers", Trailers, function(trailers) return trailers end)
