-- What bin/bench gives to wrk. GET: the address and the headers of the command line. POST: the bodies of the file
-- in BODIES, one a line, in turn; %SEQ% is another number each time, %SUB% another number of a form.
-- The last line printed is the result, as JSON.
local bodies, at, threads = {}, 0, {}
local digits = "0123456789abcdefghjkmnpqrstvwxyz"
ok, busy, bad, last = 0, 0, 0, 0
local want = os.getenv("WANT") or ""

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

local function form_number()
  local text = "sub_01"
  for _ = 1, 24 do
    local digit = math.random(32)
    text = text .. digits:sub(digit, digit)
  end
  return text
end

function init()
  local file = os.getenv("BODIES")
  if not file then return end
  for line in io.lines(file) do bodies[#bodies + 1] = line end
  math.randomseed(os.time() + number * 1000)
  wrk.method = "POST"
  request = function()
    at = at % #bodies + 1
    local body = bodies[at]:gsub("%%SEQ%%", function()
      return string.format("%d-%d-%d", number, math.random(1e9), math.random(1e9))
    end)
    body = body:gsub("%%SUB%%", form_number)
    return wrk.format(nil, nil, nil, body)
  end
  response = function(status)
    if want == tostring(status) then ok = ok + 1
    elseif status == 503 then busy = busy + 1
    else bad = bad + 1; last = status end
  end
end

function done(summary, latency)
  local good, full, wrong, status = 0, 0, 0, 0
  for _, thread in ipairs(threads) do
    good = good + thread:get("ok")
    full = full + thread:get("busy")
    wrong = wrong + thread:get("bad")
    if thread:get("last") ~= 0 then status = thread:get("last") end
  end
  local e = summary.errors
  io.write(string.format(
    '\nJSON {"requests":%d,"us":%d,"bytes":%d,"p50":%d,"p99":%d,"ok":%d,"busy":%d,"bad":%d,"last":%d,"failed":%d,"status":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    good, full, wrong, status, e.connect + e.read + e.write + e.timeout, e.status))
end
