package data

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The values of Python that a header may hold, beside string, int64, bool and nil.
type (
	tuple []any
	list  []any
	dict  map[string]any
)

const maxDepth = 8

// parseLiteral reads a literal of Python, as repr of any version writes it: dict,
// tuple, list, string, integer, True, False or None.
func parseLiteral(s string) (any, error) {
	p := literal{s}
	v, err := p.value(1)
	if err != nil {
		return nil, err
	}
	if p.blank(); p.rest != "" {
		return nil, p.unexpected()
	}
	return v, nil
}

// A literal is what is left to be read of one.
type literal struct{ rest string }

func (p *literal) blank() { p.rest = strings.TrimLeft(p.rest, " \t\r\n\f") }

// next takes the token, if it is what follows.
func (p *literal) next(token string) bool {
	p.blank()
	rest, found := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return found
}

func (p *literal) unexpected() error {
	if p.rest == "" {
		return errors.New("it ends too early")
	}
	return fmt.Errorf("at %q", cut(p.rest))
}

func (p *literal) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d levels deep", maxDepth)
	}
	switch {
	case p.next("{"):
		return p.dict(depth)
	case p.next("["):
		items, _, err := p.items("]", depth)
		return list(items), err
	case p.next("("):
		items, comma, err := p.items(")", depth)
		if len(items) == 1 && !comma {
			return items[0], err // a value in parentheses
		}
		return tuple(items), err
	case p.next("True"):
		return true, nil
	case p.next("False"):
		return false, nil
	case p.next("None"):
		return nil, nil
	}
	if p.rest != "" && strings.Contains("-+0123456789", p.rest[:1]) {
		return p.integer()
	}
	return p.text()
}

// items reads the items of a tuple or list to its end, and whether a comma came last.
func (p *literal) items(end string, depth int) (items []any, comma bool, err error) {
	for comma = true; !p.next(end); comma = p.next(",") {
		if !comma {
			return nil, false, p.unexpected()
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, false, err
		}
		items = append(items, v)
	}
	return items, comma, nil
}

func (p *literal) dict(depth int) (dict, error) {
	d := dict{}
	for comma := true; !p.next("}"); comma = p.next(",") {
		if !comma {
			return nil, p.unexpected()
		}
		p.blank()
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if !p.next(":") {
			return nil, p.unexpected()
		}
		if d[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// integer reads 12, and 12L as Python 2 wrote it.
func (p *literal) integer() (any, error) {
	digits := strings.TrimLeft(p.rest, "-+")
	end := len(p.rest) - len(strings.TrimLeft(digits, "0123456789"))
	v, err := strconv.ParseInt(p.rest[:end], 10, 64)
	if err != nil || (len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') {
		return nil, p.unexpected() // 012 is 10 to Python 2, and an error to 3
	}
	p.rest = strings.TrimPrefix(strings.TrimPrefix(p.rest[end:], "L"), "l")
	return v, nil
}

// text reads a string in either kind of quotes. The escapes that repr writes are Go's.
func (p *literal) text() (string, error) {
	from := *p
	p.rest = strings.TrimPrefix(p.rest, "u") // of Python 2
	if p.rest == "" || !strings.Contains(`'"`, p.rest[:1]) {
		return "", from.unexpected()
	}
	quote := p.rest[0]
	p.rest = p.rest[1:]
	var s strings.Builder
	for !strings.HasPrefix(p.rest, string(quote)) {
		c, _, rest, err := strconv.UnquoteChar(p.rest, quote)
		if err != nil {
			return "", from.unexpected()
		}
		s.WriteRune(c)
		p.rest = rest
	}
	p.rest = p.rest[1:]
	return s.String(), nil
}
