package probe

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// maxRows is how many things that work a table shows: there may be thousands
// of accounts. What does not work is shown in any case.
const maxRows = 50

// Write writes the report as a table for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "connector %s: %d of %d tests failed, in %v\n", r.Connector, r.Failed(), len(r.Results), r.Took.Round(time.Millisecond))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  RESULT\tSTATUS\tWHAT\tEXPLANATION")
	passed := 0
	for _, one := range r.Results {
		if one.Err == nil && !one.Skipped {
			if passed++; passed > maxRows {
				continue
			}
		}
		result, status := one.verdict()
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", result, status, one.What, one.explanation())
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	if passed > maxRows {
		fmt.Fprintf(&b, "  and %d more that passed\n", passed-maxRows)
	}
	for _, one := range r.Results {
		if one.Err != nil {
			b.WriteString(one.advice())
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func (r Result) verdict() (result, status string) {
	switch {
	case r.Skipped:
		return "skipped", "-"
	case r.Err == nil:
		result = "ok"
	default:
		result = "failed"
	}
	if r.Status == 0 {
		return result, "-"
	}
	return result, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Name))
}

func (r Result) explanation() string {
	switch {
	case r.Skipped:
		return "not tried: what it needs does not work"
	case r.Err == nil:
		return r.Note
	case r.Why != "":
		return r.Why
	}
	return oneLine(r.Err.Error())
}

// advice is what there is to say about what does not work.
func (r Result) advice() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n  %s\n    error:          %s\n", r.What, oneLine(r.Err.Error()))
	if r.Advice != "" {
		fmt.Fprintf(&b, "    recommendation: %s\n", r.Advice)
	}
	if r.Missing != nil {
		fmt.Fprintf(&b, "    missing:        %s\n", r.Missing)
	}
	return b.String()
}

// Summary is the report in one line; of what does not work, the first few.
func (r Report) Summary() string {
	failed := r.Failed()
	if failed == 0 {
		return fmt.Sprintf("all %d passed", len(r.Results))
	}
	const most = 5
	var said []string
	for _, one := range r.Results {
		if one.Err == nil {
			continue
		}
		if len(said) == most {
			said = append(said, fmt.Sprintf("and %d more", failed-most))
			break
		}
		why := one.explanation()
		if one.Status != 0 {
			_, why = one.verdict()
		}
		said = append(said, fmt.Sprintf("%s (%s)", one.What, why))
	}
	return fmt.Sprintf("%d of %d failed: %s", failed, len(r.Results), strings.Join(said, ", "))
}

// oneLine keeps what AWS or an attacker has written from forging lines.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
