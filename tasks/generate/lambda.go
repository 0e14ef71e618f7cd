package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/rs/zerolog"

	"covers/tasks/internal/fault"
	"covers/tasks/internal/generate"
	"covers/tasks/internal/step"
)

// The program is also an AWS Lambda function. It is one binary for both, so that the function runs what the container runs:
// the same step with the same variables COVERS_…, its result line as the answer, its log lines on stderr. Lambda's runtime
// client adds 0.4 of 26 MB to the program; a second program could differ from it.

// underLambda reports whether AWS Lambda started this process: it alone sets the address of its runtime API.
func underLambda() bool { return os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" }

// serveLambda answers invocations until Lambda ends the process.
func serveLambda() {
	// What Lambda's client logs is made a line like the others: a function's error once more, or why it cannot go on.
	lines := zerolog.New(os.Stderr).With().Timestamp().Str("level", "warn").Str("step", "generate").Str("library", "lambda").
		Logger()
	log.SetFlags(0)
	log.SetOutput(lines)
	if root := os.Getenv("LAMBDA_TASK_ROOT"); root != "" { // where the zip is unpacked: restaurants.yaml is beside the program
		if err := os.Chdir(root); err != nil {
			log.Fatalf("go to LAMBDA_TASK_ROOT: %v", err)
		}
	}
	lambda.StartWithOptions(invoker{})
}

// invoker is the step as a function. It holds nothing between invocations.
type invoker struct{}

var _ lambda.Handler = invoker{}

// Invoke makes the days that an event asks for. It answers with the step's result line, or with an array of them where the
// event names days in the plural. A failure is an error of the function: its type is the kind of fault ("usage", "denied" …,
// as in the result line), its message ends with the next step.
func (invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	asked, err := generate.ParseEvent(payload, step.ParseDays)
	if err != nil {
		return nil, asLambdaError(err)
	}
	return asked.Answer(ctx, invokeDay)
}

// invokeDay runs the step for a day as the command line does.
func invokeDay(ctx context.Context, day string) ([]byte, error) {
	var stdout bytes.Buffer
	step.Run(ctx, definition(), step.IO{Stdout: &stdout, Stderr: os.Stderr, Getenv: os.Getenv}, []string{"--day", day})
	line := bytes.TrimSuffix(stdout.Bytes(), []byte("\n"))
	var result struct {
		Error *step.Failure `json:"error"`
	}
	if err := json.Unmarshal(line, &result); err != nil {
		return nil, asLambdaError(fault.New(fault.Defect, "report it", "day %s has no result: %w", day, err))
	}
	if f := result.Error; f != nil {
		return nil, lambdaError(f.Kind, "day "+day+": "+f.Message, f.Next)
	}
	return line, nil
}

func asLambdaError(err error) error {
	var classified *fault.Error
	next := ""
	if errors.As(err, &classified) {
		err, next = classified.Err, classified.Next
	}
	return lambdaError(step.ExitOf(classified).Kind, err.Error(), next)
}

func lambdaError(kind, message, next string) error {
	if next != "" {
		message += "; " + next
	}
	return messages.InvokeResponse_Error{Type: kind, Message: message}
}
