-- wrk's script: `wrk … -s load.lua URL -- pages|logins FILE CHECK [CSRF_COOKIE TOKEN PASSWORD]`.
-- FILE has a session key and a username on each line; requests take the lines in turn.
-- With CHECK = yes each answer's status is looked at, which takes wrk time; else only its own count of 4xx and 5xx.

local threads = {}
local requests, at = {}, 0

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function page(key)
  -- A browser that has seen the page before has both cookies.
  return wrk.format("GET", "/dashboard/", {Cookie = "sessionid=" .. key .. "; csrftoken=" .. string.rep("a", 32)})
end

local function login(username, secret, token, password)
  local body = "csrfmiddlewaretoken=" .. token .. "&username=" .. username .. "&password=" .. password
  local headers = {Cookie = "csrftoken=" .. secret, ["Content-Type"] = "application/x-www-form-urlencoded"}
  return wrk.format("POST", "/login/", headers, body)
end

function init(args)
  local kind, file, check = args[1], args[2], args[3]
  expected, bad, answers = kind == "pages" and 200 or 302, 0, 0
  for line in io.lines(file) do
    local key, username = line:match("(%S+) (%S+)")
    table.insert(requests, kind == "pages" and page(key) or login(username, args[4], args[5], args[6]))
  end
  at = number * 997 % #requests
  if check == "yes" then
    response = function(status)
      answers = answers + 1
      if status ~= expected then bad = bad + 1 end
    end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local bad, answers = 0, 0
  for _, thread in ipairs(threads) do
    bad, answers = bad + thread:get("bad"), answers + thread:get("answers")
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "bytes": %d, "p99": %d, "answers": %d, "bad": %d, "errors": %d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(99), answers, bad,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
