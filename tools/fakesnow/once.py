"""One answer to one request, however often it is sent.

A driver that had no answer sends a statement again under the same requestId; the first answer is given again, and nothing is
executed twice, not even while the first still runs. A statement that takes long is answered with 333333 and a place to ask at.
https://github.com/snowflakedb/gosnowflake/blob/master/retry.go (requestId stays, request_guid changes)
https://docs.snowflake.com/en/developer-guide/sql-api/submitting-requests (requestId and retry)
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Handler = Callable[[Request], Awaitable[Response]]


class Once:
    def __init__(self, plain: Handler, patience: float):
        self.plain, self.patience = plain, patience
        self.asked: OrderedDict[str, asyncio.Task[Response]] = OrderedDict()

    async def query(self, request: Request) -> Response:
        """Execute a statement, or wait for the one that has this id already."""
        asked = request.query_params.get("requestId")
        if not asked:
            return await self.plain(request)
        if asked not in self.asked:
            await request.body()  # while the client is there
            self.asked[asked] = asyncio.create_task(self.run(request))
            while len(self.asked) > 256 and next(iter(self.asked.values())).done():
                self.asked.popitem(last=False)
        return await self.answer(asked)

    async def run(self, request: Request) -> Response:
        return await self.plain(request)

    async def result(self, request: Request) -> Response:
        """Answer a driver that asks for the result of a statement that took long."""
        asked = request.path_params["id"]
        if asked not in self.asked:
            return JSONResponse({"success": False, "code": "000709", "message": f"Statement {asked} not found", "data": {}})
        return await self.answer(asked)

    async def answer(self, asked: str) -> Response:
        task = self.asked[asked]
        done, _ = await asyncio.wait({task}, timeout=self.patience)
        if not done:
            place = {"queryId": asked, "getResultUrl": f"/queries/{asked}/result"}
            return JSONResponse({"success": True, "code": "333333", "message": "Query execution in progress.", "data": place})
        first = task.result()
        return Response(bytes(first.body), first.status_code, media_type="application/json")
