-- For wrk: each thread has one connection and is one client. It sends a draft it was given (POST /write/check/), then fetches the
-- receipt (GET /write/done/), then goes on to the next; with copies > 1 so many clients send the same drafts at the same time.
-- Writes a line for each receipt: place of the draft, number of the letter, microseconds from sending to receipt.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long seconds; long nanoseconds; } moment; int clock_gettime(int clock, moment *found); ]]
local moment = ffi.new("moment")

local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) * 1e6 + tonumber(moment.nanoseconds) / 1e3
end

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  folder, csrf, clients, copies = arguments[1], arguments[2], tonumber(arguments[3]), tonumber(arguments[4])
  drafts, at, sending, began = {}, 1, true, nil
  local groups, group, place = clients / copies, math.floor(number / copies), 0
  for line in io.lines(folder .. "/cookies") do
    if place % groups == group then drafts[#drafts + 1] = { place, line } end
    place = place + 1
  end
  out = io.open(folder .. "/receipts-" .. number, "w")
  out:setvbuf("line")
  form = "csrfmiddlewaretoken=" .. csrf
end

-- Called once more than is sent (wrk tries it out at the start), so only answers move on.
function request()
  if at > #drafts then
    wrk.thread:stop()
    return wrk.format("GET", "/healthz")
  end
  local cookies = { ["Cookie"] = drafts[at][2] }
  if not sending then return wrk.format("GET", "/write/done/", cookies) end
  began = now()
  cookies["Content-Type"] = "application/x-www-form-urlencoded"
  return wrk.format("POST", "/write/check/", cookies, form)
end

function response(status, headers, body)
  if sending and status == 302 then
    sending = false
    return
  end
  local found = not sending and status == 200 and body:match("SZXX%d+")
  out:write(drafts[at][1], " ", found or ("status:" .. status), " ", math.floor(now() - began), "\n")
  at, sending = at + 1, true
end
