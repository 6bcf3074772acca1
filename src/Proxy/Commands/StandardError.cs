using System.Text;

namespace Snapback.Proxy.Commands;

/// <summary>
/// The process's standard error. What cannot be written to it, as to a log on a full disk, is lost: there is nowhere left to say so, and the
/// exit code says what became of the command.
/// </summary>
internal sealed class StandardError : Stream
{
    private readonly Stream _inner = Console.OpenStandardError();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Installs it as <see cref="Console.Error"/>: Spectre.Console takes only that writer for a terminal.</summary>
    public static TextWriter Take()
    {
        Console.SetError(new StreamWriter(new StandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
        return Console.Error;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            _inner.Write(buffer, offset, count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Lost.
        }
    }

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
