using System.Text;

namespace Snapback.Proxy.Commands;

/// <summary>
/// The process's standard error. What cannot be written to it, as to a log on a full disk, is lost: there is nowhere left to say so, and the
/// exit code says what became of the command.
/// </summary>
internal sealed class StandardError() : WriteOnlyStream(Console.OpenStandardError())
{
    /// <summary>Installs it as <see cref="Console.Error"/>: Spectre.Console takes only that writer for a terminal.</summary>
    public static TextWriter Take()
    {
        Console.SetError(new StreamWriter(new StandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
        return Console.Error;
    }

    protected override void Failed(Exception cause)
    {
        // Lost.
    }
}
