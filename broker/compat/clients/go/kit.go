package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// kit holds what the checks share: names of their own, an admin client, producing and reading one partition.
type kit struct {
	bootstrap, prefix string
	names             int
	admin             *kadm.Client
}

func newKit(bootstrap, prefix string) *kit {
	k := &kit{bootstrap: bootstrap, prefix: prefix}
	k.admin = kadm.NewClient(k.client())
	return k
}

func (k *kit) client(options ...kgo.Opt) *kgo.Client {
	fixed := []kgo.Opt{
		kgo.SeedBrokers(k.bootstrap),
		kgo.FetchMaxWait(100 * time.Millisecond),
		kgo.MetadataMaxAge(2 * time.Second),
		kgo.MetadataMinAge(50 * time.Millisecond),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}
	client, err := kgo.NewClient(append(fixed, options...)...)
	must(err)
	return client
}

func (k *kit) name(what string) string {
	k.names++
	return fmt.Sprintf("%s-%s-%d", k.prefix, what, k.names)
}

// context ends when a check should have been done.
func (k *kit) context() context.Context {
	within, end := context.WithCancel(context.Background())
	time.AfterFunc(patience, end)
	return within
}

func (k *kit) create(topic string, partitions int32, configs map[string]*string) error {
	answer, err := k.admin.CreateTopic(k.context(), partitions, 1, configs, topic)
	if err != nil {
		return err
	}
	return answer.Err
}

// topic creates one and waits until all its partitions have leaders. The configs are name, value, name, value.
func (k *kit) topic(partitions int32, configs ...string) string {
	topic := k.name("t")
	entries := map[string]*string{}
	for i := 0; i < len(configs); i += 2 {
		entries[configs[i]] = &configs[i+1]
	}
	must(k.create(topic, partitions, entries))
	eventually("leaders of "+topic, func() (bool, any) {
		offsets, err := k.admin.ListEndOffsets(k.context(), topic)
		return err == nil && offsets.Error() == nil && len(offsets[topic]) == int(partitions), offsets
	})
	return topic
}

func (k *kit) send(records []*kgo.Record, options ...kgo.Opt) error {
	client := k.client(append([]kgo.Opt{kgo.ProducerLinger(50 * time.Millisecond)}, options...)...)
	defer client.Close()
	return client.ProduceSync(k.context(), records...).FirstErr()
}

func numbered(topic, prefix string, partition int32, count int) []*kgo.Record {
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = &kgo.Record{
			Topic: topic, Partition: partition, Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "%s%d", prefix, i),
			Timestamp: time.UnixMilli(baseTime + int64(i)),
		}
	}
	return records
}

func (k *kit) read(topic string, from int64, count int, options ...kgo.Opt) []*kgo.Record {
	at := map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(from)}}
	client := k.client(append([]kgo.Opt{kgo.ConsumePartitions(at)}, options...)...)
	defer client.Close()
	return take(k.context(), client, count)
}

func take(within context.Context, client *kgo.Client, count int) []*kgo.Record {
	var got []*kgo.Record
	for len(got) < count {
		fetches := client.PollRecords(within, count-len(got))
		if err := within.Err(); err != nil {
			panic(fmt.Sprintf("%d of %d records came", len(got), count))
		}
		fetches.EachError(func(topic string, partition int32, err error) { panic(fmt.Sprintf("%s-%d: %v", topic, partition, err)) })
		got = append(got, fetches.Records()...)
	}
	return got
}

func values(records []*kgo.Record) []string {
	all := make([]string, len(records))
	for i, record := range records {
		all[i] = string(record.Value)
	}
	return all
}
