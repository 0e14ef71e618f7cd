package validate

// write writes what became of the lines, part by part in their order.
func (d *derivation) write(p pipeline) error {
	done, total := int64(0), int64(0)
	for _, c := range d.reading.Counts {
		total += c.Received + c.Absent + c.Unread
	}
	for part := range p.inOrder {
		<-part.ready
		if part.err != nil {
			return d.corrupt(part.object, part.err)
		}
		if err := d.writePart(part); err != nil {
			return err
		}
		done += part.lines
		d.o.progress(done, total)
		part.reset()
		p.free <- part
	}
	return nil
}

func (d *derivation) writePart(p *part) error {
	if err := d.reservations.Write(p.reservations); err != nil {
		return err
	}
	if err := d.customers.Write(p.customers); err != nil {
		return err
	}
	if err := d.merges.Write(p.merges); err != nil {
		return err
	}
	if err := d.absences[p.object.Kind].Write(p.absences); err != nil {
		return err
	}
	if err := d.refusals.Write(p.refusals); err != nil {
		return err
	}
	return d.erasures.Write(p.erasures)
}
