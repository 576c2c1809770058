// A function with Lambda's own library for Go.
package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

type answer struct {
	Order int `json:"order"`
	Count int `json:"count"`
}

var count = 0 // Of the environment: it lives as long as that.

func handle(_ context.Context, request events.APIGatewayV2HTTPRequest) (answer, error) {
	order, err := strconv.Atoi(request.PathParameters["id"])
	if err != nil {
		return answer{}, fmt.Errorf("no number: %s", request.PathParameters["id"])
	}
	count++
	return answer{Order: order, Count: count}, nil
}

func main() {
	lambda.Start(handle)
}
