//go:build kernel

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/cosmos72/gomacro/xreflect"
	"github.com/go-zeromq/zmq4"

	"simgrad/notebooks"
)

// A Socket is one channel to Jupyter; its lock guards writes.
type Socket struct {
	zmq4.Socket
	lock *sync.Mutex
}

// RunWithSocket runs f with the lock held.
func (s *Socket) RunWithSocket(f func(zmq4.Socket) error) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return f(s.Socket)
}

// A SocketGroup is the channels of a connection and the key that signs messages.
type SocketGroup struct {
	ShellSocket, ControlSocket, StdinSocket, IOPubSocket, HBSocket Socket

	Key []byte
}

// connect listens where Jupyter's connection file says.
func connect(connectionFile string) (g SocketGroup, err error) {
	b, err := os.ReadFile(connectionFile)
	if err != nil {
		return g, err
	}
	var c struct {
		Transport   string `json:"transport"`
		IP          string `json:"ip"`
		Key         string `json:"key"`
		StdinPort   int    `json:"stdin_port"`
		ControlPort int    `json:"control_port"`
		IOPubPort   int    `json:"iopub_port"`
		HBPort      int    `json:"hb_port"`
		ShellPort   int    `json:"shell_port"`
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return g, err
	}
	ctx := context.Background()
	g.Key = []byte(c.Key)
	for _, s := range []struct {
		socket *Socket
		kind   zmq4.Socket
		port   int
	}{
		{&g.ShellSocket, zmq4.NewRouter(ctx), c.ShellPort},
		{&g.ControlSocket, zmq4.NewRouter(ctx), c.ControlPort},
		{&g.StdinSocket, zmq4.NewRouter(ctx), c.StdinPort},
		{&g.IOPubSocket, zmq4.NewPub(ctx), c.IOPubPort},
		{&g.HBSocket, zmq4.NewRep(ctx), c.HBPort},
	} {
		*s.socket = Socket{s.kind, &sync.Mutex{}}
		if err := s.kind.Listen(fmt.Sprintf("%s://%s:%d", c.Transport, c.IP, s.port)); err != nil {
			return g, fmt.Errorf("port %d: %w", s.port, err)
		}
	}
	return g, nil
}

// serve runs the kernel until Jupyter ends it. Cells run on this goroutine, one
// after another; interrupts and the end come on another. A parent other than 0 is the
// process after which the kernel ends.
func serve(connectionFile, note string, parent int) error {
	k, err := NewKernel()
	if err != nil {
		return err
	}
	sockets, err := connect(connectionFile)
	if err != nil {
		return err
	}
	go func() { // the heartbeat
		for {
			m, err := sockets.HBSocket.Recv()
			if err != nil {
				return
			}
			if err := sockets.HBSocket.Send(m); err != nil {
				log.Print(err)
			}
		}
	}()
	if parent != 0 {
		go endWith(parent)
	}
	control := receive(sockets, sockets.ControlSocket)
	go func() {
		for m := range control {
			k.control(m)
		}
	}()
	s := &shell{kernel: k, note: note, messages: receive(sockets, sockets.ShellSocket)}
	for m := range s.messages {
		s.handle(m)
	}
	return nil
}

// endWith ends the kernel, and whatever its cell is doing, after the Jupyter that
// started it: one that was killed cannot say so.
func endWith(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			log.Fatal("Jupyter has ended")
		}
	}
}

// receive reads messages from a socket.
func receive(sockets SocketGroup, socket Socket) <-chan msgReceipt {
	messages := make(chan msgReceipt, 1000) // cells wait here while one runs
	go func() {
		defer close(messages)
		for {
			m, err := socket.Recv()
			if err != nil {
				log.Print(err)
				return
			}
			composed, ids, err := WireMsgToComposedMsg(m.Frames, sockets.Key)
			if err != nil {
				log.Print(err)
				continue
			}
			messages <- msgReceipt{composed, ids, sockets}
		}
	}()
	return messages
}

// control handles a message of the control channel, also while a cell runs.
func (k *Kernel) control(m msgReceipt) {
	kind := m.Msg.Header.MsgType
	reply := map[string]any{"status": "ok"}
	switch kind {
	case "interrupt_request":
		k.Interrupt()
	case "shutdown_request":
		reply["restart"] = field[bool](m, "restart")
	case "kernel_info_request":
		reply = info()
	default:
		return
	}
	answer, err := NewMsg(kind[:len(kind)-len("request")]+"reply", m.Msg)
	if err == nil {
		answer.Content = reply
		err = m.Sockets.ControlSocket.RunWithSocket(func(s zmq4.Socket) error { return m.SendResponse(s, answer) })
	}
	if err != nil {
		log.Print(err)
	}
	if kind == "shutdown_request" {
		time.Sleep(50 * time.Millisecond) // for the reply to leave
		os.Exit(0)
	}
}

// info is what the kernel says of itself.
func info() map[string]any {
	return map[string]any{
		"status":           "ok",
		"protocol_version": ProtocolVersion, "implementation": "simgrad", "implementation_version": Version,
		"banner": "simgrad (Go): similarity measures as computation graphs",
		"language_info": map[string]any{
			"name": "go", "version": runtime.Version(), "mimetype": "text/x-go",
			"file_extension": ".go", "pygments_lexer": "go", "codemirror_mode": "go",
		},
		"help_links": []any{},
	}
}

// field returns the content of a message called name, zero where there is none.
func field[T any](m msgReceipt, name string) (value T) {
	content, _ := m.Msg.Content.(map[string]any)
	value, _ = content[name].(T)
	return value
}

// A shell is the channel on which cells come.
type shell struct {
	kernel   *Kernel
	messages <-chan msgReceipt
	count    int    // cells run
	note     string // for the first cell to say
}

// handle answers a message of the shell channel.
func (s *shell) handle(m msgReceipt) {
	must := func(err error) {
		if err != nil {
			log.Print(err)
		}
	}
	must(m.PublishKernelStatus("busy"))
	var refused []msgReceipt
	switch m.Msg.Header.MsgType {
	case "execute_request":
		refused = s.execute(m)
	case "kernel_info_request":
		must(m.Reply("kernel_info_reply", info()))
	case "complete_request":
		must(handleCompleteRequest(s.kernel.ir, m))
	case "is_complete_request":
		must(m.Reply("is_complete_reply", map[string]any{"status": "unknown"}))
	case "inspect_request":
		must(m.Reply("inspect_reply", map[string]any{"status": "ok", "found": false, "data": MIMEMap{}, "metadata": MIMEMap{}}))
	case "history_request":
		must(m.Reply("history_reply", map[string]any{"status": "ok", "history": []any{}}))
	case "comm_info_request":
		must(m.Reply("comm_info_reply", map[string]any{"status": "ok", "comms": map[string]any{}}))
	}
	must(m.PublishKernelStatus("idle"))
	s.abort(refused)
}

// waiting takes the messages that have come while a cell was running.
func (s *shell) waiting() (messages []msgReceipt) {
	for {
		select {
		case m := <-s.messages:
			messages = append(messages, m)
		default:
			return messages
		}
	}
}

// abort refuses the cells among messages and answers the rest.
func (s *shell) abort(messages []msgReceipt) {
	for _, m := range messages {
		if m.Msg.Header.MsgType != "execute_request" {
			s.handle(m)
			continue
		}
		if err := m.Reply("execute_reply", map[string]any{"status": "aborted", "execution_count": s.count}); err != nil {
			log.Print(err)
		}
	}
}

// A liveText is a line of a cell that changes.
type liveText struct {
	receipt msgReceipt
	id      string
	began   time.Time
	there   bool
}

// show puts text in the line's place, after the first second: what takes less needs none.
func (l *liveText) show(text string) {
	if !l.there && (text == "" || time.Since(l.began) < time.Second) {
		return
	}
	kind := "update_display_data"
	if !l.there {
		kind, l.there = "display_data", true
	}
	if err := l.receipt.Publish(kind, map[string]any{
		"data": MIMEMap{MIMETypeText: text}, "metadata": MIMEMap{}, "transient": MIMEMap{"display_id": l.id},
	}); err != nil {
		log.Print(err)
	}
}

// execute runs a cell and shows what it says. Where it fails, it returns what had
// come by then: cells sent in the belief that this one would succeed.
func (s *shell) execute(m msgReceipt) (refused []msgReceipt) {
	must := func(err error) {
		if err != nil {
			log.Print(err)
		}
	}
	code, silent := field[string](m, "code"), field[bool](m, "silent")
	if !silent {
		s.count++
		must(m.PublishExecutionInput(s.count, code))
	}
	restore, err := capture(func(stream, text string) { must(m.PublishWriteStream(stream, text)) })
	if err != nil {
		log.Fatal(err)
	}
	if s.note != "" {
		fmt.Fprintln(os.Stderr, s.note)
		s.note = ""
	}
	k := s.kernel
	notebooks.Display = func(v notebooks.View) { must(m.PublishDisplayData(asData(v))) }
	notebooks.Progress = (&liveText{receipt: m, id: fmt.Sprintf("progress-%d", s.count), began: time.Now()}).show
	k.ir.ValueOf("Display").Set(xreflect.ValueOf(m.PublishDisplayData))
	values, types, err := k.run(code)
	views := []Data{}
	if err == nil {
		views = k.views(values, types)
	}
	restore()
	reply := map[string]any{"status": "ok", "execution_count": s.count, "user_expressions": map[string]any{}, "payload": []any{}}
	if err != nil {
		refused = s.waiting()
		reply = map[string]any{"status": "error", "execution_count": s.count, "ename": "error", "evalue": err.Error(), "traceback": []string{err.Error()}}
		must(m.Publish("error", map[string]any{"ename": "error", "evalue": err.Error(), "traceback": []string{err.Error()}}))
	}
	if !silent {
		for i, v := range views {
			if i == len(views)-1 {
				must(m.PublishExecutionResult(s.count, v))
			} else {
				must(m.PublishDisplayData(v))
			}
		}
	}
	must(m.Reply("execute_reply", reply))
	return refused
}
