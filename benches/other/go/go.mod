module libthreading.invalid/benches/other/go

go 1.24
