using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>A client that always has bytes, in a pipe as Kestrel makes it: whoever takes some out has the next put in, on the same thread.</summary>
public sealed class ClientInputTests : IAsyncDisposable
{
    /// <summary>Without turns there is no end.</summary>
    private const int Most = 50;

    private readonly Pipe _pipe = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 1024 * 1024, resumeWriterThreshold: 512 * 1024, useSynchronizationContext: false));
    private readonly PipeReader _input;
    private readonly Task _client;

    public ClientInputTests()
    {
        var connection = new DefaultConnectionContext { Transport = new Duplex(_pipe.Reader, _pipe.Writer) };
        ClientInput.Watch(connection);
        _input = connection.Transport.Input;
        _client = SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _client;
    }

    [Fact]
    public async Task An_answered_upload_that_is_thrown_away_gives_its_thread_back_and_goes_on_later()
    {
        var parts = 0;
        while (parts <= Most && _input.TryRead(out var part))
        {
            parts++;
            _input.AdvanceTo(part.Buffer.End);
        }

        Assert.InRange(parts, 1, Most);
        var next = await _input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.False(next.Buffer.IsEmpty);
        _input.AdvanceTo(next.Buffer.End);
    }

    [Fact]
    public async Task Bytes_that_are_always_there_already_give_their_thread_back_however_long_each_of_them_takes()
    {
        for (var parts = 1; parts <= Most; parts++)
        {
            var reading = _input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
            if (!reading.IsCompleted)
            {
                return;
            }

            _input.AdvanceTo((await reading).Buffer.End);
            SpinWait.SpinUntil(static () => false, 1);
        }

        Assert.Fail($"{Most} reads, and the thread has served nobody else.");
    }

    private async Task SendAsync()
    {
        FlushResult flushed;
        do
        {
            _pipe.Writer.Advance(_pipe.Writer.GetMemory(4096).Length);
            flushed = await _pipe.Writer.FlushAsync();
        }
        while (!flushed.IsCompleted);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
