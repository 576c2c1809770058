// A function in Go with Lambda's own library: it does what its event asks for.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string `json:"do"`
	Text string `json:"text"`
}

var count = 0

func handle(ctx context.Context, e event) (any, error) {
	count++
	known, _ := lambdacontext.FromContext(ctx)
	switch e.Do {
	case "error":
		return nil, errors.New("as asked")
	case "panic":
		panic("as asked")
	case "exit":
		os.Exit(3)
	case "sleep":
		time.Sleep(30 * time.Second)
	case "pause":
		time.Sleep(300 * time.Millisecond)
	case "print":
		fmt.Println("printed:", e.Text)
	case "stream":
		return io.MultiReader(bytes.NewReader(bytes.Repeat([]byte("x"), 100_000)), bytes.NewReader([]byte("end"))), nil
	}
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"text": e.Text, "count": count, "pid": os.Getpid(), "id": known.AwsRequestID, "arn": known.InvokedFunctionArn,
		"function": lambdacontext.FunctionName, "left_ms": time.Until(deadline).Milliseconds(),
		"custom": known.ClientContext.Custom,
	}, nil
}

func main() {
	if os.Getenv("INIT") == "exit" {
		os.Exit(5)
	}
	lambda.Start(handle)
}
