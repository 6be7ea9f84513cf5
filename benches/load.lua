-- wrk's script: `wrk … -s load.lua URL -- KIND FILE CHECK [WORDS]`, KIND being
--   pages                               the dashboard with a session
--   logins CSRF_COOKIE TOKEN PASSWORD   the log-in form
--   profile                             the API with an access token
--   obtain PASSWORD                     the API's log-in
--   refresh THREADS                     the API's rotation
-- FILE has a session key, a username and an access token on each line; requests take the lines in turn. For refresh it
-- has a refresh token on each line, at least twice as many as there are connections.
-- With CHECK = yes each answer's status is looked at, which takes wrk time; else only its own count of 4xx and 5xx.

local threads = {}
local requests, at = {}, 0

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function post_json(path, body)
  return wrk.format("POST", path, {["Content-Type"] = "application/json"}, body)
end

local prepare = {}

function prepare.pages(key)
  -- A browser that has seen the page before has both cookies.
  return wrk.format("GET", "/dashboard/", {Cookie = "sessionid=" .. key .. "; csrftoken=" .. string.rep("a", 32)})
end

function prepare.logins(_, username, _, secret, token, password)
  local body = "csrfmiddlewaretoken=" .. token .. "&username=" .. username .. "&password=" .. password
  local headers = {Cookie = "csrftoken=" .. secret, ["Content-Type"] = "application/x-www-form-urlencoded"}
  return wrk.format("POST", "/login/", headers, body)
end

function prepare.profile(_, _, access)
  return wrk.format("GET", "/api/profile/", {Authorization = "Bearer " .. access})
end

function prepare.obtain(_, username, _, password)
  return post_json("/api/auth/login/", '{"username":"' .. username .. '","password":"' .. password .. '"}')
end

-- Each token is good once, and what comes back for it is the next one. request() does not know which connection asks,
-- so those of a thread share a queue. It never runs dry: a connection asks again only after its answer, and what wrk
-- asks for once at the start without sending it, and what a connection that broke takes with it, is in reserve.
local function rotate(file, count)
  local first, last, line = 1, 0, 0
  local tokens = {}
  for token in io.lines(file) do
    if line % count == number then last = last + 1; tokens[last] = token end
    line = line + 1
  end
  request = function()
    local token = tokens[first] or "none left"
    tokens[first] = nil
    first = first + 1
    return post_json("/api/auth/refresh/", '{"refresh":"' .. token .. '"}')
  end
  response = function(status, _, body)
    answers = answers + 1
    local token = status == expected and body:match('"refresh":%s*"([^"]+)"')
    if token then last = last + 1; tokens[last] = token else bad = bad + 1 end
  end
end

function init(args)
  local kind, file, check = args[1], args[2], args[3]
  expected, bad, answers = kind == "logins" and 302 or 200, 0, 0
  if kind == "refresh" then return rotate(file, tonumber(args[4])) end
  for line in io.lines(file) do
    local key, username, access = line:match("(%S+) (%S+) (%S+)")
    table.insert(requests, prepare[kind](key, username, access, unpack(args, 4)))
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
