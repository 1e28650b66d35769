package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/twmb/franz-go/pkg/kgo"
)

const clockMonotonic = 1

// monotonicNs is Linux' one clock for all processes of a machine, which Java's System.nanoTime reads, too.
func monotonicNs() int64 {
	var now syscall.Timespec
	_, _, failure := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	if failure != 0 {
		panic(failure)
	}
	return now.Nano()
}

// printer writes the lines that bench/group-upgrade/Member.java describes.
type printer struct {
	mutex sync.Mutex
	out   *bufio.Writer
}

func (p *printer) lines(flush bool, format string, values ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintf(p.out, format+"\n", values...)
	if flush {
		p.out.Flush()
	}
}

func (p *printer) partitions(event string) func(context.Context, *kgo.Client, map[string][]int32) {
	return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		for _, indexes := range partitions {
			for _, index := range indexes {
				p.lines(true, "%s %d %d", event, index, monotonicNs())
			}
		}
	}
}

// process is a classic member that commits after each batch and when partitions are taken from it, until SIGTERM: then it leaves.
func process(bootstrap, topic, group string) {
	p := &printer{out: bufio.NewWriter(os.Stdout)}
	within, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	revoked := func(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			p.lines(true, "failed to commit what is revoked: %v", err)
		}
		p.partitions("revoked")(ctx, client, partitions)
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.Balancers(kgo.CooperativeStickyBalancer()),
		kgo.SessionTimeout(40*time.Second), kgo.HeartbeatInterval(300*time.Millisecond), kgo.FetchMaxWait(100*time.Millisecond),
		// Partitions are taken from it between two batches only.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(p.partitions("assigned")), kgo.OnPartitionsLost(p.partitions("lost")), kgo.OnPartitionsRevoked(revoked),
	)
	must(err)
	p.lines(true, "started")
	for within.Err() == nil {
		fetches := client.PollFetches(within)
		fetches.EachRecord(func(record *kgo.Record) {
			p.lines(false, "record %d %d %d %s", record.Partition, monotonicNs(), record.Offset, record.Value)
		})
		p.lines(true, "")
		// What a rebalance refuses is committed with the next batch, or when it is taken.
		_ = client.CommitUncommittedOffsets(context.Background())
		client.AllowRebalance()
	}
	client.CloseAllowingRebalance()
	p.lines(true, "left")
}
