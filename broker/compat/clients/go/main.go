// franz-go (kgo and kadm) against the broker: `compat suite|produce|consume BOOTSTRAP ...`. Prints `@{...}` lines.
// `compat process BOOTSTRAP TOPIC GROUP` is a member for bench/group-upgrade, and prints its lines.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

const patience = 30 * time.Second

// baseTime is the time of the records: recent, or retention would remove them under a check's eyes.
var baseTime = time.Now().UnixMilli() - 3_600_000

type check struct {
	name string
	body func(*kit)
}

func tell(entry any) {
	line, err := json.Marshal(entry)
	must(err)
	fmt.Printf("@%s\n", line)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func same(what string, expected, actual any) {
	if !reflect.DeepEqual(expected, actual) {
		panic(fmt.Sprintf("%s: expected %v but got %v", what, expected, actual))
	}
}

// refused panics unless err is the Kafka error of that name.
func refused(name string, err error) {
	if err == nil || !strings.HasPrefix(err.Error(), name) {
		panic(fmt.Sprintf("expected %s but got %v", name, err))
	}
}

// eventually asks until ask answers true, and panics with the last answer when it does not.
func eventually(what string, ask func() (bool, any)) {
	until := time.Now().Add(patience)
	for {
		right, answer := ask()
		if right {
			return
		}
		if time.Now().After(until) {
			panic(fmt.Sprintf("%s: last answer %v", what, answer))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func run(one check, k *kit) (detail *string) {
	defer func() {
		if cause := recover(); cause != nil {
			text := fmt.Sprint(cause)
			detail = &text
		}
	}()
	one.body(k)
	return nil
}

func suite(bootstrap, prefix, only string) {
	k := newKit(bootstrap, prefix)
	done := 0
	for _, one := range checks() {
		if !strings.Contains(one.name, only) {
			continue
		}
		startedAt := time.Now()
		detail := run(one, k)
		tell(map[string]any{"check": one.name, "ok": detail == nil, "ms": time.Since(startedAt).Milliseconds(), "detail": detail})
		done++
	}
	tell(map[string]any{"done": done})
}

func main() {
	switch mode, bootstrap := os.Args[1], os.Args[2]; mode {
	case "suite":
		only := ""
		if len(os.Args) > 4 {
			only = os.Args[4]
		}
		suite(bootstrap, os.Args[3], only)
	case "produce":
		produceJob(bootstrap, os.Args[3])
	case "consume":
		consumeJob(bootstrap, os.Args[3])
	case "process":
		process(bootstrap, os.Args[3], os.Args[4])
	default:
		panic("unknown mode " + mode)
	}
}
