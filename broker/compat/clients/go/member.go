package main

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// member is one consumer of a group that polls in a goroutine of its own.
type member struct {
	client *kgo.Client
	mutex  sync.Mutex
	owns   map[string]bool
	got    []string
	stop   context.CancelFunc
	done   chan struct{}
	once   sync.Once
}

func join(k *kit, group, topic string, options ...kgo.Opt) *member {
	m := &member{owns: map[string]bool{}, done: make(chan struct{})}
	change := func(owned bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) { m.change(partitions, owned) }
	}
	m.client = k.client(append([]kgo.Opt{
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(6 * time.Second), kgo.HeartbeatInterval(200 * time.Millisecond), kgo.AutoCommitInterval(100 * time.Millisecond),
		kgo.OnPartitionsAssigned(change(true)), kgo.OnPartitionsRevoked(change(false)), kgo.OnPartitionsLost(change(false)),
	}, options...)...)
	within, stop := context.WithCancel(context.Background())
	m.stop = stop
	go m.poll(within)
	return m
}

func (m *member) poll(within context.Context) {
	defer close(m.done)
	for within.Err() == nil {
		fetches := m.client.PollFetches(within)
		m.mutex.Lock()
		m.got = append(m.got, values(fetches.Records())...)
		m.mutex.Unlock()
	}
}

func (m *member) change(partitions map[string][]int32, owned bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for topic, indexes := range partitions {
		for _, index := range indexes {
			at := fmt.Sprintf("%s-%d", topic, index)
			delete(m.owns, at)
			if owned {
				m.owns[at] = true
			}
		}
	}
}

func (m *member) owned() []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	all := []string{}
	for at := range m.owns {
		all = append(all, at)
	}
	sort.Strings(all)
	return all
}

func (m *member) values() []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return append([]string{}, m.got...)
}

func (m *member) close() {
	m.once.Do(func() {
		m.stop()
		<-m.done
		m.client.Close()
	})
}

// settled waits until the members own all partitions, each once, and stay so for a moment.
func settled(members []*member, partitions int) {
	calm := 0
	eventually("every partition has one owner", func() (bool, any) {
		owners := map[string]int{}
		total := 0
		for _, each := range members {
			for _, at := range each.owned() {
				owners[at]++
				total++
			}
		}
		if total == partitions && len(owners) == partitions {
			calm++
		} else {
			calm = 0
		}
		return calm >= 6, owners
	})
}
