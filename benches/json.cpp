#include <cmath>
#include <cstdio>

#include "report.hpp"
#include "versions.hpp"

namespace bench {

namespace {

// Writes values one after the other, with the commas that belong between them.
class writer {
public:
    explicit writer(FILE *file) : file_(file) {}

    void open(char bracket) {
        separate();
        std::fputc(bracket, file_);
        first_ = true;
    }
    void close(char bracket) {
        std::fputc(bracket, file_);
        first_ = false;
    }
    void line() { line_ = true; }
    void key(const std::string &name) {
        text(name);
        std::fputc(':', file_);
        first_ = true;
    }
    void text(const std::string &value) {
        separate();
        std::fputc('"', file_);
        for (char c : value) {
            if (c == '"' || c == '\\')
                std::fputc('\\', file_);
            if (static_cast<unsigned char>(c) >= ' ')
                std::fputc(c, file_);
        }
        std::fputc('"', file_);
    }
    void number(double value) {
        separate();
        if (std::isfinite(value))
            std::fprintf(file_, "%.6g", value);
        else
            std::fputs("null", file_);
    }
    void truth(bool value) {
        separate();
        std::fputs(value ? "true" : "false", file_);
    }

private:
    void separate() {
        if (!first_)
            std::fputc(',', file_);
        if (line_)
            std::fputc('\n', file_);
        first_ = true;
        first_ = line_ = false;
    }
    FILE *file_;
    bool first_ = true, line_ = false;
};

void write_results(writer &out, const outcome &outcome) {
    out.open('[');
    for (const result &each : outcome.results) {
        out.line();
        out.open('{');
        out.key("who"), out.text(each.who);
        out.key("median"), out.number(each.median);
        out.key("low"), out.number(each.low);
        out.key("high"), out.number(each.high);
        out.key("extra"), out.open('{');
        for (std::size_t i = 0; i < extras; i++)
            if (!std::isnan(each.more[i]))
                out.key(extra_names[i]), out.number(each.more[i]);
        out.close('}');
        out.close('}');
    }
    out.close(']');
}

void write_row(writer &out, const outcome &outcome) {
    const row &row = *outcome.of;
    out.line();
    out.open('{');
    out.key("group"), out.text(row.group);
    out.key("row"), out.text(row.name);
    out.key("parameters"), out.open('{');
    for (const auto &parameter : row.parameters)
        out.key(parameter.first), out.number(parameter.second);
    out.close('}');
    out.key("unit"), out.text(row.unit);
    out.key("better"), out.text("lower");
    out.key("rounds"), out.number(static_cast<double>(outcome.rounds));
    if (!outcome.skipped.empty())
        out.key("skipped"), out.text(outcome.skipped);
    if (!std::isnan(outcome.limit)) {
        out.key("limit"), out.open('{');
        out.key("name"), out.text(row.limit);
        out.key("median"), out.number(outcome.limit);
        out.close('}');
    }
    out.key("goals"), out.open('[');
    for (const reached &each : outcome.goals) {
        out.open('{');
        out.key("text"), out.text(each.what->text);
        out.key("against"), out.text(each.what->against);
        out.key("ratio"), out.number(each.what->ratio);
        out.key("reached"), out.number(each.value);
        out.key("reached_low"), out.number(each.low);
        out.key("met"), each.known() ? out.truth(each.met) : out.number(unknown);
        out.close('}');
    }
    out.close(']');
    out.key("results"), write_results(out, outcome);
    out.close('}');
}

} // namespace

void write_json(const std::string &path, const machine &machine,
                const std::vector<outcome> &outcomes, const disturbance &disturbance) {
    FILE *file = std::fopen(path.c_str(), "w");
    if (file == nullptr)
        fail("%s cannot be written", path.c_str());
    writer out(file);
    out.open('{');
    out.key("program"), out.text("threading_bench");
    out.key("machine"), out.open('{');
    out.key("cpu"), out.text(machine.cpu);
    out.key("cpus"), out.number(machine.cpus);
    out.key("kernel"), out.text(machine.kernel);
    out.key("memory_gib"), out.number(machine.memory_gib);
    out.close('}');
    out.key("date"), out.text(machine.date);
    out.key("versions"), out.open('{');
    for (const auto &version : versions())
        out.key(version.first), out.text(version.second);
    out.close('}');
    out.key("missing"), out.open('[');
    for (const std::string &missing : missing_rivals())
        out.text(missing);
    out.close(']');
    out.key("disturbance"), out.open('{');
    out.key("others_percent"), out.number(disturbance.others);
    out.key("steal_percent"), out.number(disturbance.host);
    out.close('}');
    out.key("rows"), out.open('[');
    for (const outcome &outcome : outcomes)
        write_row(out, outcome);
    out.close(']');
    out.close('}');
    std::fputc('\n', file);
    if (std::fclose(file) != 0)
        fail("%s could not be written", path.c_str());
}

} // namespace bench
