package main

import (
	"bytes"
	"fmt"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = []struct {
	name  string
	codec kgo.CompressionCodec
}{
	{"none", kgo.NoCompression()}, {"gzip", kgo.GzipCompression()}, {"snappy", kgo.SnappyCompression()},
	{"lz4", kgo.Lz4Compression()}, {"zstd", kgo.ZstdCompression()},
}

func checks() []check {
	var all []check
	for _, each := range codecs {
		all = append(all, check{"round trip: " + each.name, func(k *kit) { roundTrip(k, each.codec) }})
	}
	for _, balancer := range []kgo.GroupBalancer{kgo.RangeBalancer(), kgo.RoundRobinBalancer(), kgo.StickyBalancer(), kgo.CooperativeStickyBalancer()} {
		all = append(all, check{"group: members share and leave, " + balancer.ProtocolName(), func(k *kit) { sharing(k, balancer) }})
	}
	return append(all,
		check{"group: a static member returns to its partitions", staticMember},
		check{"group: commit with metadata, and resume", resume},
		check{"consume: from an offset inside a batch", insideBatch},
		check{"consume: read_committed", readCommitted},
		check{"produce: idempotent, many in flight", idempotent},
		check{"produce: without idempotence, every acks", everyAcks},
		check{"produce: too large, keyless, too old", produceErrors},
		check{"produce: an unknown topic is created", autoCreation},
		check{"admin: topics and partitions", adminTopics},
		check{"admin: configs", adminConfigs},
		check{"admin: offsets and delete records", adminOffsets},
		check{"admin: groups", adminGroups},
		check{"admin: cluster and log directories", adminCluster},
	)
}

func roundTrip(k *kit, codec kgo.CompressionCodec) {
	topic := k.topic(1)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	records := []*kgo.Record{
		{Key: []byte("key"), Value: []byte("value"), Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "null"}, {Key: "all", Value: all}}},
		{Value: []byte("no key")},
		{Key: []byte("no value")},
		{Key: []byte{}, Value: []byte{}},
		{Key: []byte("gr\u00fc\u00df"), Value: all},
		{Key: all, Value: bytes.Repeat([]byte("compress me "), 20_000)},
	}
	for i, record := range records {
		record.Topic, record.Timestamp = topic, time.UnixMilli(baseTime+int64(i))
	}
	must(k.send(records, kgo.ProducerBatchCompression(codec)))
	for i, got := range k.read(topic, 0, len(records)) {
		wanted := records[i]
		same("offset", int64(i), got.Offset)
		same("key", wanted.Key, got.Key)
		same("value", wanted.Value, got.Value)
		same("timestamp", wanted.Timestamp.UnixMilli(), got.Timestamp.UnixMilli())
		same("leader epoch", int32(0), got.LeaderEpoch)
		same("headers", len(wanted.Headers), len(got.Headers))
		for j, header := range wanted.Headers {
			same("header", header, got.Headers[j])
		}
	}
}

func insideBatch(k *kit) {
	topic := k.topic(1)
	must(k.send(numbered(topic, "v", 0, 30), kgo.ProducerBatchCompression(kgo.ZstdCompression())))
	for _, from := range []int64{0, 11, 29} {
		got := k.read(topic, from, 30-int(from))
		same("first offset", from, got[0].Offset)
		same("last value", "v29", string(got[len(got)-1].Value))
	}
}

func readCommitted(k *kit) {
	topic := k.topic(1)
	must(k.send(numbered(topic, "v", 0, 5)))
	same("records", 5, len(k.read(topic, 0, 5, kgo.FetchIsolationLevel(kgo.ReadCommitted()))))
}

func idempotent(k *kit) {
	topic := k.topic(1)
	records := numbered(topic, "v", 0, 3000)
	must(k.send(records, kgo.ProducerBatchMaxBytes(1024), kgo.ProducerLinger(0)))
	for i, record := range records {
		same("offset", int64(i), record.Offset)
	}
	for i, got := range k.read(topic, 0, 3000) {
		same("value", fmt.Sprintf("v%d", i), string(got.Value))
	}
}

func everyAcks(k *kit) {
	for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck(), kgo.AllISRAcks()} {
		topic := k.topic(1)
		must(k.send(numbered(topic, "v", 0, 10), kgo.DisableIdempotentWrite(), kgo.RequiredAcks(acks)))
		same("records", 10, len(k.read(topic, 0, 10)))
	}
}

func produceErrors(k *kit) {
	small := k.topic(1, "max.message.bytes", "1000")
	refused("MESSAGE_TOO_LARGE", k.send([]*kgo.Record{{Topic: small, Value: make([]byte, 2000)}}, kgo.ProducerBatchCompression(kgo.NoCompression())))
	compacted := k.topic(1, "cleanup.policy", "compact")
	refused("INVALID_RECORD", k.send([]*kgo.Record{{Topic: compacted, Value: []byte("x")}}))
	timed := k.topic(1, "message.timestamp.before.max.ms", "1000")
	refused("INVALID_TIMESTAMP", k.send([]*kgo.Record{{Topic: timed, Value: []byte("x"), Timestamp: time.UnixMilli(1)}}))
}

func autoCreation(k *kit) {
	topic := k.name("auto")
	must(k.send([]*kgo.Record{{Topic: topic, Value: []byte("v")}}, kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(10)))
	same("records", []string{"v"}, values(k.read(topic, 0, 1)))
}

func adminTopics(k *kit) {
	topic := k.topic(2)
	refused("TOPIC_ALREADY_EXISTS", k.create(topic, 1, nil))
	refused("INVALID_TOPIC_EXCEPTION", k.create("not a name", 1, nil))
	wrong := "x"
	refused("INVALID_CONFIG", k.create(k.name("c"), 1, map[string]*string{"retention.ms": &wrong}))
	refused("INVALID_PARTITIONS", k.create(k.name("p"), 0, nil))
	refused("INVALID_REPLICATION_FACTOR", func() error {
		_, err := k.admin.CreateTopic(k.context(), 1, 5, nil, k.name("r"))
		return err
	}())
	grown, err := k.admin.UpdatePartitions(k.context(), 5, topic)
	must(err)
	must(grown.Error())
	shrunk, err := k.admin.UpdatePartitions(k.context(), 1, topic)
	must(err)
	refused("INVALID_PARTITIONS", shrunk[topic].Err)
	eventually("five partitions", func() (bool, any) {
		details, err := k.admin.ListTopics(k.context(), topic)
		return err == nil && len(details[topic].Partitions) == 5, details
	})
	_, err = k.admin.DeleteTopic(k.context(), topic)
	must(err)
	_, err = k.admin.DeleteTopic(k.context(), k.name("missing"))
	refused("UNKNOWN_TOPIC_OR_PARTITION", err)
}

func adminConfigs(k *kit) {
	topic := k.topic(1)
	value := func(name string) string {
		described, err := k.admin.DescribeTopicConfigs(k.context(), topic)
		must(err)
		must(described[0].Err)
		for _, config := range described[0].Configs {
			if config.Key == name {
				return config.MaybeValue()
			}
		}
		return "none"
	}
	same("LONG", "9223372036854775807", value("flush.messages"))
	same("empty", "", value("leader.replication.throttled.replicas"))
	more, long := "compact", "9007199254740993"
	altered, err := k.admin.AlterTopicConfigs(k.context(), []kadm.AlterConfig{
		{Op: kadm.AppendConfig, Name: "cleanup.policy", Value: &more}, {Op: kadm.SetConfig, Name: "flush.ms", Value: &long}}, topic)
	must(err)
	must(altered[0].Err)
	eventually("appended", func() (bool, any) { return value("cleanup.policy") == "delete,compact", value("cleanup.policy") })
	same("exact", long, value("flush.ms"))
	altered, err = k.admin.AlterTopicConfigs(k.context(), []kadm.AlterConfig{{Op: kadm.SubtractConfig, Name: "cleanup.policy", Value: &more}}, topic)
	must(err)
	must(altered[0].Err)
	eventually("subtracted", func() (bool, any) { return value("cleanup.policy") == "delete", value("cleanup.policy") })
	altered, err = k.admin.AlterTopicConfigs(k.context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "no.such", Value: &more}}, topic)
	must(err)
	refused("INVALID_CONFIG", altered[0].Err)
}

func adminOffsets(k *kit) {
	topic := k.topic(1)
	must(k.send(numbered(topic, "v", 0, 10)))
	ask := func(offsets kadm.ListedOffsets, err error) int64 {
		must(err)
		must(offsets.Error())
		return offsets[topic][0].Offset
	}
	same("start", int64(0), ask(k.admin.ListStartOffsets(k.context(), topic)))
	same("end", int64(10), ask(k.admin.ListEndOffsets(k.context(), topic)))
	same("committed", int64(10), ask(k.admin.ListCommittedOffsets(k.context(), topic)))
	same("maximum timestamp", int64(9), ask(k.admin.ListMaxTimestampOffsets(k.context(), topic)))
	same("by time", int64(4), ask(k.admin.ListOffsetsAfterMilli(k.context(), baseTime+4, topic)))
	deleted, err := k.admin.DeleteRecords(k.context(), kadm.Offsets{topic: {0: {Topic: topic, At: 6}}})
	must(err)
	same("low watermark", int64(6), deleted[topic][0].LowWatermark)
	same("moved", int64(6), ask(k.admin.ListStartOffsets(k.context(), topic)))
	same("left", []string{"v6", "v7", "v8", "v9"}, values(k.read(topic, 6, 4)))
	epochs := kadm.OffsetForLeaderEpochRequest{}
	epochs.Add(topic, 0, 0)
	ended, err := k.admin.OffetForLeaderEpoch(k.context(), epochs)
	must(err)
	same("end of epoch 0", int64(10), ended[topic][0].EndOffset)
}

func adminGroups(k *kit) {
	topic, group := k.topic(2), k.name("g")
	one := join(k, group, topic)
	settled([]*member{one}, 2)
	described, err := k.admin.DescribeGroups(k.context(), group)
	must(err)
	same("state", "Stable", described[group].State)
	same("members", 1, len(described[group].Members))
	assigned := described.AssignedPartitions().Sorted()
	same("assigned", 2, len(assigned[0].Partitions))
	listed, err := k.admin.ListGroups(k.context())
	must(err)
	same("listed", "Stable", listed[group].State)
	_, err = k.admin.DeleteGroup(k.context(), group)
	refused("NON_EMPTY_GROUP", err)
	one.close()
	committed, err := k.admin.CommitOffsets(k.context(), group, kadm.Offsets{topic: {0: {Topic: topic, At: 0, LeaderEpoch: 0, Metadata: "by hand"}}})
	must(err)
	must(committed.Error())
	fetched, err := k.admin.FetchOffsets(k.context(), group)
	must(err)
	same("metadata", "by hand", fetched[topic][0].Metadata)
	_, err = k.admin.DeleteOffsets(k.context(), group, kadm.TopicsSet{topic: {0: {}}})
	must(err)
	_, err = k.admin.DeleteGroup(k.context(), group)
	must(err)
	_, err = k.admin.DeleteGroup(k.context(), group)
	refused("GROUP_ID_NOT_FOUND", err)
}

func adminCluster(k *kit) {
	metadata, err := k.admin.BrokerMetadata(k.context())
	must(err)
	same("brokers", 1, len(metadata.Brokers))
	same("cluster id", 22, len(metadata.Cluster))
	topic := k.topic(1)
	must(k.send(numbered(topic, "v", 0, 5)))
	dirs, err := k.admin.DescribeAllLogDirs(k.context(), kadm.TopicsSet{topic: {0: {}}})
	must(err)
	size := int64(0)
	dirs.Each(func(dir kadm.DescribedLogDir) { size += dir.Size() })
	if size <= 61 {
		panic(fmt.Sprintf("%d bytes in the log directories", size))
	}
	versions, err := k.admin.ApiVersions(k.context())
	must(err)
	for _, each := range versions {
		must(each.Err)
		_, newest, _ := each.KeyVersions(18)
		same("ApiVersions", int16(4), newest)
	}
}

func sharing(k *kit, balancer kgo.GroupBalancer) {
	topic, group := k.topic(6), k.name("g")
	members := []*member{}
	for range 3 {
		members = append(members, join(k, group, topic, kgo.Balancers(balancer)))
	}
	defer func() {
		for _, each := range members {
			each.close()
		}
	}()
	settled(members, 6)
	for partition := range int32(6) {
		must(k.send(numbered(topic, fmt.Sprintf("%d/", partition), partition, 5)))
	}
	eventually("all are read", func() (bool, any) {
		seen := map[string]bool{}
		for _, each := range members {
			for _, value := range each.values() {
				seen[value] = true
			}
		}
		return len(seen) == 30, len(seen)
	})
	members[0].close()
	members = members[1:]
	settled(members, 6)
}

func staticMember(k *kit) {
	topic, group := k.topic(4), k.name("g")
	other := join(k, group, topic, kgo.InstanceID("two"))
	defer other.close()
	first := join(k, group, topic, kgo.InstanceID("one"))
	settled([]*member{first, other}, 4)
	owned := first.owned()
	first.close()
	again := join(k, group, topic, kgo.InstanceID("one"))
	defer again.close()
	settled([]*member{again, other}, 4)
	same("the same partitions", owned, again.owned())
}

func resume(k *kit) {
	topic, group := k.topic(1), k.name("g")
	must(k.send(numbered(topic, "v", 0, 10)))
	options := []kgo.Opt{kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())}
	client := k.client(options...)
	got := take(k.context(), client, 4)
	must(client.CommitRecords(k.context(), got...))
	client.Close()
	fetched, err := k.admin.FetchOffsets(k.context(), group)
	must(err)
	same("committed", int64(4), fetched[topic][0].At)
	same("leader epoch", int32(0), fetched[topic][0].LeaderEpoch)
	client = k.client(options...)
	defer client.Close()
	rest := values(take(k.context(), client, 6))
	sort.Strings(rest)
	same("resumed", []string{"v4", "v5", "v6", "v7", "v8", "v9"}, rest)
}
