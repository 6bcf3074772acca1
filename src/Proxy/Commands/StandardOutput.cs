using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Snapback.Proxy.Commands;

/// <summary>A command's output cannot be written: the disk is full, or the stream was closed.</summary>
internal sealed class OutputException(Exception cause) : Exception(cause.Message, cause);

/// <summary>The process's standard output. Its errors are of their own type, to tell them from those of files and sockets that a command uses.</summary>
internal sealed class StandardOutput() : WriteOnlyStream(Open())
{
    /// <summary>EPIPE, which is the same number on Linux and macOS: whoever read the pipe has closed it.</summary>
    private const int BrokenPipe = 32;

    /// <summary>The file descriptor of standard output.</summary>
    private const int Descriptor = 1;

    private static readonly CancellationTokenSource Gone = new();

    /// <summary>Cancelled by the first write that nobody takes any more.</summary>
    public static CancellationToken ReaderGone => Gone.Token;

    /// <summary>Installs it as <see cref="Console.Out"/>: Spectre.Console takes only that writer for a terminal.</summary>
    public static TextWriter Take()
    {
        Console.SetOut(new StreamWriter(new StandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
        return Console.Out;
    }

    protected override void Failed(Exception cause)
    {
        if (cause is not IOException { HResult: BrokenPipe })
        {
            throw new OutputException(cause);
        }

        // Whoever wants the first lines only, as head does, has them: no failure of a command that was carried out.
        Gone.Cancel();
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
}
