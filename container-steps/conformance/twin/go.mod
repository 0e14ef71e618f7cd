module twin

go 1.26
