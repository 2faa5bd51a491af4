module github.com/libthreading/libthreading/bindings/go

// 1.24 has runtime.AddCleanup and package weak.
go 1.24
