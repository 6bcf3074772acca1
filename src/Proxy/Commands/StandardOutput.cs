using System.Text;

namespace Snapback.Proxy.Commands;

/// <summary>A command's output cannot be written: the disk is full, or the stream was closed.</summary>
internal sealed class OutputException(Exception cause) : Exception(cause.Message, cause);

/// <summary>The process's standard output. Its errors are of their own type, to tell them from those of files and sockets that a command uses.</summary>
internal sealed class StandardOutput : Stream
{
    private readonly Stream _inner = Console.OpenStandardOutput();

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

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            _inner.Write(buffer, offset, count);
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
