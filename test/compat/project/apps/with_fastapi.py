"""A FastAPI application, through Mangum."""

from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse, RedirectResponse
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()


class Order(BaseModel):
    item: str
    count: int = 1


@app.get("/fastapi/items/{item}")
def read_item(item: int, q: str = "none", x_thing: str = Header("no thing")):
    return {"item": item, "q": q, "thing": x_thing}


@app.post("/fastapi/orders", status_code=201)
async def create_order(order: Order):
    return {"ordered": order.item, "count": order.count}


@app.get("/fastapi/error")
def error():
    raise HTTPException(418, "a teapot")


@app.get("/fastapi/text", response_class=PlainTextResponse)
def text(request: Request):
    return PlainTextResponse(f"{request.method} {request.url.path} ü", headers={"x-own": "1"})


@app.get("/fastapi/away")
def away():
    return RedirectResponse("/fastapi/text")


@app.get("/fastapi/cookies")
def cookies(request: Request):
    response = PlainTextResponse(request.cookies.get("a", "none"))
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@app.post("/fastapi/bytes")
async def size(request: Request):
    return {"bytes": len(await request.body())}


handler = Mangum(app, lifespan="off")
