-- wrk: asks with another session cookie each time, as nginx' auth_request does.
local requests, position = {}, 0

function init(arguments)
    for cookie in io.lines(arguments[1]) do
        requests[#requests + 1] = "GET /auth/request HTTP/1.1\r\nHost: gatehouse\r\n"
            .. "X-Original-Method: GET\r\nX-Original-URL: http://localhost:8080/reports/list?page=2\r\n"
            .. "X-Forwarded-For: 127.0.0.1\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\n"
            .. "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"
            .. "Cookie: theme=dark; gatehouse-local=" .. cookie .. "\r\n\r\n"
    end
end

function request()
    position = position % #requests + 1
    return requests[position]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.timeout + errors.status,
        latency:percentile(50), latency:percentile(99)))
end
