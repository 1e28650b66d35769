package main

import (
	"encoding/json"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// job is what the round trips between clients hand over; []byte is base64 in JSON, null stays null.
type job struct {
	Topics []struct {
		Topic, Codec string
		Count        int
	}
	Records []struct {
		Key, Value []byte
		Timestamp  int64
		Headers    [][2]*string
	}
}

func readJob(file string) (read job) {
	text, err := os.ReadFile(file)
	must(err)
	must(json.Unmarshal(text, &read))
	return read
}

func produceJob(bootstrap, file string) {
	k, given := newKit(bootstrap, ""), readJob(file)
	for _, target := range given.Topics {
		var records []*kgo.Record
		for _, each := range given.Records {
			record := &kgo.Record{Topic: target.Topic, Key: each.Key, Value: each.Value, Timestamp: time.UnixMilli(each.Timestamp)}
			for _, header := range each.Headers {
				record.Headers = append(record.Headers, kgo.RecordHeader{Key: *header[0], Value: decode(header[1])})
			}
			records = append(records, record)
		}
		for _, each := range codecs {
			if each.name == target.Codec {
				must(k.send(records, kgo.ProducerBatchCompression(each.codec)))
			}
		}
	}
}

func decode(text *string) (value []byte) {
	if text == nil {
		return nil
	}
	quoted, err := json.Marshal(*text)
	must(err)
	must(json.Unmarshal(quoted, &value))
	return value
}

func consumeJob(bootstrap, file string) {
	k := newKit(bootstrap, "")
	for _, source := range readJob(file).Topics {
		for _, record := range k.read(source.Topic, 0, source.Count) {
			headers := [][2]any{}
			for _, header := range record.Headers {
				headers = append(headers, [2]any{header.Key, header.Value})
			}
			tell(map[string]any{
				"topic": record.Topic, "offset": record.Offset, "timestamp": record.Timestamp.UnixMilli(),
				"key": record.Key, "value": record.Value, "headers": headers,
			})
		}
	}
}
