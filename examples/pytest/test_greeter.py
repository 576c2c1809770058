import json
import urllib.request

import pytest


def test_over_http(smyth_url):
    with urllib.request.urlopen(f"{smyth_url}/greet/Ann") as response:
        assert (response.status, response.read()) == (200, b"Hello, Ann!")


@pytest.fixture
def lambda_client(smyth_url):
    boto3 = pytest.importorskip("boto3")
    return boto3.client(
        "lambda", endpoint_url=smyth_url, region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test")


def test_by_invoke(lambda_client):
    answer = lambda_client.invoke(FunctionName="greet", Payload=json.dumps({"name": "Ann"}))
    assert "FunctionError" not in answer
    assert json.load(answer["Payload"]) == "Hello, Ann!"


def test_an_error_is_the_functions_own(lambda_client):
    answer = lambda_client.invoke(FunctionName="greet")
    assert answer["FunctionError"] == "Unhandled"
    error = json.load(answer["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "whom?")
