package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is a line of the table. A connector polls once: its LIST calls are those
// of a poll.
type row struct {
	log, what string
	cores     int
	measured
	records int
	bytes   int64  // of log, before compression
	ratio   spread // of CPU, to inflating alone on one core
	speed   spread // to the same on one core; see cycle
}

// report is what is printed at the end.
type report struct {
	rows  []row
	notes []string // what is not in the table, a line each
}

func (r *report) note(format string, values ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, values...))
}

// print writes the table and the notes.
func (r *report) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	if len(r.rows) > 0 {
		fmt.Fprintln(table, "log\twhat\tcores\trecords/s\tMB/s\tCPU s/GB\tx gunzip\tx one core\tpeak MB\tLIST calls\tKB a batch\t")
	}
	for _, r := range r.rows {
		seconds := r.Took.Seconds()
		fmt.Fprintf(table, "%s\t%s\t%d\t%.0f\t%.0f\t%.2f\t%v\t%v\t", r.log, r.what, r.cores,
			float64(r.records)/seconds, float64(r.bytes)/seconds/1e6, r.cpu.Seconds()/(float64(r.bytes)/1e9), r.ratio, r.speed)
		if r.peak > 0 { // a process that ran to its end
			fmt.Fprintf(table, "%.0f\t%d", float64(r.peak)/1e6, r.lists)
		} else {
			fmt.Fprint(table, "\t")
		}
		fmt.Fprint(table, "\t")
		if r.Batches > 0 {
			fmt.Fprintf(table, "%.0f", float64(r.Bytes)/float64(r.Batches)/1e3)
		}
		fmt.Fprintln(table, "\t")
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range r.notes {
		if _, err := fmt.Fprintln(w, note); err != nil {
			return err
		}
	}
	return nil
}
