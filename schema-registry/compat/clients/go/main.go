// franz-go's `sr` with its Serde, and hamba/avro for the bytes: `program write|read|manage '{...}'`. Prints `@{...}` lines.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

type options struct {
	Bootstrap, Registry, Topic, Schema, Subject, NextSchema, BrokenSchema string
	From, Count                                                           int
}

type customer struct {
	Name string `avro:"name" json:"name"`
	Vip  bool   `avro:"vip" json:"vip"`
}

type order struct {
	Id       int64          `avro:"id" json:"id"`
	Writer   string         `avro:"writer" json:"writer"`
	Total    float64        `avro:"total" json:"total"`
	Note     *string        `avro:"note" json:"note"`
	Tags     []string       `avro:"tags" json:"tags"`
	Counts   map[string]int `avro:"counts" json:"counts"`
	State    string         `avro:"state" json:"state"`
	Customer customer       `avro:"customer" json:"customer"`
	Raw      []byte         `avro:"raw" json:"-"`
	Digest   [4]byte        `avro:"digest" json:"-"`
	Currency string         `avro:"currency" json:"currency,omitempty"`
}

func orderOf(index int) order {
	made := order{
		Id:       9_000_000_000 + int64(index),
		Writer:   "franz-go",
		Total:    float64(index) + 0.25,
		Tags:     []string{"a", fmt.Sprintf("t%d", index)},
		Counts:   map[string]int{"x": index, "y": -index},
		State:    []string{"NEW", "PAID", "SENT"}[index%3],
		Customer: customer{Name: fmt.Sprintf("c%d", index), Vip: index%2 == 0},
		Raw:      []byte{0, byte(index), 255},
		Digest:   [4]byte{1, 2, 3, byte(index)},
	}
	if index%2 == 0 {
		note := fmt.Sprintf("note %d", index)
		made.Note = &note
	}
	return made
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func tell(value any) {
	fmt.Printf("@%s\n", must(json.Marshal(value)))
}

func told(value order) map[string]any {
	fields := map[string]any{}
	must(0, json.Unmarshal(must(json.Marshal(value)), &fields))
	fields["id"] = value.Id
	fields["raw"] = hex.EncodeToString(value.Raw)
	fields["digest"] = hex.EncodeToString(value.Digest[:])
	return fields
}

func write(ctx context.Context, given options) {
	registry := must(sr.NewClient(sr.URLs(given.Registry)))
	created := must(registry.CreateSchema(ctx, given.Topic+"-value", sr.Schema{Schema: given.Schema}))
	schema := must(avro.Parse(given.Schema))
	serde := sr.NewSerde()
	serde.Register(created.ID, order{}, sr.EncodeFn(func(value any) ([]byte, error) { return avro.Marshal(schema, value) }))
	client := must(kgo.NewClient(kgo.SeedBrokers(given.Bootstrap), kgo.AllowAutoTopicCreation()))
	defer client.Close()
	for index := given.From; index < given.From+given.Count; index++ {
		record := &kgo.Record{Topic: given.Topic, Value: must(serde.Encode(orderOf(index)))}
		must(0, client.ProduceSync(ctx, record).FirstErr())
	}
}

// Schemas are fetched by the ids that records name, each once.
func read(ctx context.Context, given options) {
	registry := must(sr.NewClient(sr.URLs(given.Registry)))
	serde, known := sr.NewSerde(), map[int]avro.Schema{}
	client := must(kgo.NewClient(kgo.SeedBrokers(given.Bootstrap), kgo.ConsumeTopics(given.Topic)))
	defer client.Close()
	for left := given.Count; left > 0; {
		fetches := client.PollFetches(ctx)
		must(0, fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			if left == 0 {
				return
			}
			id, bytes, err := serde.DecodeID(record.Value)
			must(0, err)
			if known[id] == nil {
				known[id] = must(avro.Parse(must(registry.SchemaByID(ctx, id)).Schema))
			}
			var value order
			must(0, avro.Unmarshal(known[id], bytes, &value))
			tell(told(value))
			left--
		})
	}
}

func codeOf(err error) any {
	var refused *sr.ResponseError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	if err != nil {
		return err.Error()
	}
	return "fine"
}

func manage(ctx context.Context, given options) {
	registry, subject := must(sr.NewClient(sr.URLs(given.Registry))), given.Subject
	schema, next, broken := sr.Schema{Schema: given.Schema}, sr.Schema{Schema: given.NextSchema}, sr.Schema{Schema: given.BrokenSchema}
	id := must(registry.RegisterSchema(ctx, subject, schema, -1, -1))
	again := must(registry.RegisterSchema(ctx, subject, schema, -1, -1))
	registry.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatFull}, subject)
	compatible := must(registry.CheckCompatibility(ctx, subject, -1, next)).Is
	incompatible := must(registry.CheckCompatibility(ctx, subject, -1, broken)).Is
	created := must(registry.CreateSchema(ctx, subject, next))
	_, refused := registry.RegisterSchema(ctx, subject, broken, -1, -1)
	_, missing := registry.SchemaByID(ctx, 1_000_000)
	_, missingSubject := registry.SchemaByVersion(ctx, subject+"-none", -1)
	_, missingVersion := registry.SchemaByVersion(ctx, subject, 9)
	level := registry.Compatibility(ctx, subject)[0]
	answers := map[string]any{
		"sameIdAgain":     again == id,
		"otherIdForNext":  created.ID != id,
		"guidIsId":        must(registry.SchemaByGUID(ctx, created.GUID)).Schema.Schema == must(registry.SchemaByID(ctx, created.ID)).Schema,
		"levelAfterwards": level.Level.String(),
		"compatible":      compatible,
		"incompatible":    incompatible,
		"refused":         codeOf(refused),
		"latestIsNext":    must(registry.SchemaByVersion(ctx, subject, -1)).ID == created.ID,
		"versions":        must(registry.SubjectVersions(ctx, subject)),
		"versionOfSchema": must(registry.LookupSchema(ctx, subject, schema)).Version,
		"isListed":        slices.Contains(must(registry.Subjects(ctx)), subject),
		"isUsed":          slices.Contains(must(registry.SubjectsByID(ctx, created.ID)), subject),
		"types":           slices.Contains(must(registry.SupportedTypes(ctx)), sr.TypeAvro),
		"missing":         codeOf(missing),
		"missingSubject":  codeOf(missingSubject),
		"missingVersion":  codeOf(missingVersion),
	}
	answers["deleted"] = must(registry.DeleteSubject(ctx, subject, sr.SoftDelete))
	_, twice := registry.DeleteSubject(ctx, subject, sr.SoftDelete)
	answers["deletedTwice"] = codeOf(twice)
	answers["deletedForGood"] = must(registry.DeleteSubject(ctx, subject, sr.HardDelete))
	answers["isListedAfterwards"] = slices.Contains(must(registry.Subjects(ctx)), subject)
	tell(answers)
}

func main() {
	var given options
	must(0, json.Unmarshal([]byte(os.Args[2]), &given))
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	map[string]func(context.Context, options){"write": write, "read": read, "manage": manage}[os.Args[1]](ctx, given)
}
