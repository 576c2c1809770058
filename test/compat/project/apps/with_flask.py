"""A Flask application, through apig-wsgi."""

from apig_wsgi import make_lambda_handler
from flask import Flask, abort, jsonify, make_response, request

app = Flask(__name__)


@app.get("/flask/items/<int:item>")
def read_item(item):
    return jsonify(item=item, q=request.args.getlist("q"), thing=request.headers.get("X-Thing", "no thing"))


@app.post("/flask/orders")
def create_order():
    order = request.get_json()
    return jsonify(ordered=order["item"]), 201


@app.post("/flask/form")
def form():
    return jsonify(request.form.to_dict())


@app.get("/flask/cookies")
def cookies():
    response = make_response(request.cookies.get("a", "none"))
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@app.get("/flask/image")
def image():
    return make_response(b"\x89PNG\r\n\xff\x00", {"Content-Type": "image/png"})


@app.get("/flask/error")
def error():
    abort(409)


handler = make_lambda_handler(app, binary_support=True)
