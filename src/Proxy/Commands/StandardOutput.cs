using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Snapback.Proxy.Commands;

/// <summary>A command's output cannot be written: the disk is full, or the stream was closed.</summary>
internal sealed class OutputException(Exception cause) : Exception(cause.Message, cause);

/// <summary>The process's standard output. Its errors are of their own type, to tell them from those of files and sockets that a command uses.</summary>
internal sealed class StandardOutput : Stream
{
    /// <summary>EPIPE, which is the same number on Linux and macOS: whoever read the pipe has closed it.</summary>
    private const int BrokenPipe = 32;

    /// <summary>The file descriptor of standard output.</summary>
    private const int Descriptor = 1;

    private static readonly CancellationTokenSource Gone = new();

    private readonly Stream _inner = Open();

    /// <summary>Cancelled by the first write that nobody takes any more.</summary>
    public static CancellationToken ReaderGone => Gone.Token;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Installs it as <see cref="Console.Out"/>: Spectre.Console takes only that writer for a terminal.</summary>
    public static TextWriter Take()
    {
        Console.SetOut(new StreamWriter(new StandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
        return Console.Out;
    }

    /// <summary>The console's own stream says nothing of a closed pipe, and that of a file would keep a position of its own in a shared file.</summary>
    private static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.OpenStandardOutput();
        }

        try
        {
            var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return stream.CanSeek ? Console.OpenStandardOutput() : stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed from the start: the first write says so.
            return Console.OpenStandardOutput();
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            _inner.Write(buffer, offset, count);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            // Whoever wants the first lines only, as head does, has them: no failure of a command that was carried out.
            Gone.Cancel();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(e);
        }
    }

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
