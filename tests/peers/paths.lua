-- wrk asks for the paths of the file PATHS in turn, with TOKEN as authorization.
local requests, at = {}, 0

function init()
  wrk.headers["Authorization"] = os.getenv("TOKEN")
  for path in io.lines(os.getenv("PATHS")) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
